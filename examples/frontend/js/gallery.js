import { list } from "./api.js";
import { $, el, insert, on, time } from "./dom.js";
import { fromGallery, learn } from "./jobs.js";
import { tile } from "./results.js";
import { isOnStage } from "./stage.js";

const cards = new Map();
const [gallery, more, fault] = ["gallery", "more", "gallery-fault"].map($);
const end = new IntersectionObserver(([seen]) => seen.isIntersecting && load(), { rootMargin: "400px" });
let cursor = "";
let isLoading = false;

on("enter", load);
on("shelved", put);
on("staged", remove);
on("removed", remove);
on("connection", (state) => state === "open" && fault.textContent && load());
more.onclick = load;

async function load() {
	if (isLoading || cursor === null) return;
	isLoading = true;
	fault.textContent = "";
	const skeletons = Array.from({ length: cards.size ? 4 : 8 }, () => el("li.skeleton", { ariaHidden: "true" }));
	gallery.append(...skeletons);
	refresh();
	try {
		const page = await list(cursor);
		cursor = page.next_cursor;
		learn(page.generations).forEach((one) => one.images.length && !isOnStage(one.id) && put(fromGallery(one)));
	} catch (problem) {
		fault.textContent = problem.text;
	}
	skeletons.forEach((skeleton) => skeleton.remove());
	isLoading = false;
	refresh();
	end.disconnect();
	if (cursor && !fault.textContent) end.observe(more); // anew: the end may still be in sight
}

function put(work) {
	const { id, at, images, prompt } = work;
	if (cards.has(id)) return;
	const card = el("li.work", {},
		el(`div.mosaic.of-${images.length}`, {}, ...images.map((_, index) => tile(work, index))),
		el("p.prompt.small", {}, prompt),
		time(at));
	cards.set(id, card);
	insert(gallery, card, at);
	refresh();
}

function remove(id) {
	cards.get(id)?.remove();
	cards.delete(id);
	refresh();
}

function refresh() {
	gallery.ariaBusy = isLoading;
	more.hidden = cursor === null || (isLoading && !cards.size);
	$("empty").hidden = isLoading || cards.size > 0 || Boolean(cursor || fault.textContent);
}
