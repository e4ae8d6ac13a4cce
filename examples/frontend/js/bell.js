import * as api from "./api.js";
import { $, brief, button, el, emit, hasFocus, icon, insert, on, say, t, time } from "./dom.js";
import { prompts } from "./jobs.js";
import { reasonKey } from "./progress.js";
import { toast } from "./toasts.js";

const cards = new Map();
let cursor; // undefined until the list is there
let unread = 0;

on("enter", load);
on("unread", count);
on("lang", () => count(unread));
on("connection", (state) => state === "open" && load());
on("notification", hear);
on("prompts", () => cards.forEach(name));
$("read-all").onclick = readAll;
$("older").onclick = () => load(cursor);
count(0);

export async function load(from) {
	const page = await api.feed(from).catch(() => null);
	if (!page) return;
	const isApart = !page.notifications.some(({ id }) => cards.has(id)); // more came meanwhile than one page holds
	if (from || isApart || cursor === undefined) cursor = page.next_cursor;
	page.notifications.forEach(put);
	count(page.unreadCount);
}

/** Messages may come twice or in another order, and then their count is an old one. */
function hear({ notification, unreadCount }) {
	const isLate = $("news").firstChild?.at >= notification.createdAt;
	put(notification);
	isLate ? load() : count(unreadCount);
}

function put(one) {
	const { id, type, metadata, createdAt, isRead } = one;
	if (cards.has(id)) return isRead && cards.get(id).classList.add("read");
	const isDone = type === "IMAGE_COMPLETED";
	const card = el(isRead ? "li.line.read" : "li.line", {},
		button("item.small", { onclick: () => visit(one) },
			el("strong", { t: isDone ? ["{n} image ready|{n} images ready", { n: metadata.imagesCount ?? 1 }] : "A generation failed" }),
			el("span.prompt", { "data-job": metadata.generationId }),
			!isDone && el("span", { t: reasonKey(metadata.errorCode) }),
			time(createdAt)),
		button("quiet", { label: "Mark as read", onclick: () => read(id) }, icon("check")));
	cards.set(id, card);
	insert($("news"), card, createdAt);
	name(card);
}

function name(card) {
	const prompt = card.querySelector(".prompt");
	prompt.textContent = brief(prompts.get(prompt.dataset.job) ?? "");
}

function count(number) {
	unread = number;
	$("badge").hidden = $("read-all").hidden = !unread;
	$("badge").textContent = unread > 99 ? "99+" : unread;
	say($("bell"), "Notifications, {n} unread", { n: unread }, "label");
	$("no-news").hidden = cards.size > 0;
	$("older").hidden = !cursor;
	document.title = (unread ? `(${unread}) ` : "") + t("title");
}

async function read(id) {
	const card = cards.get(id);
	if (card.matches(".read")) return;
	if (hasFocus(card)) card.firstChild.focus(); // the button that was pressed goes
	if (!(await api.mark(id).catch(tell)) || card.matches(".read")) return;
	card.classList.add("read");
	count(Math.max(0, unread - 1));
}

/** What comes meanwhile stays unread. */
async function readAll() {
	if (!cards.size) return load();
	$("news").querySelector("button").focus();
	const { at } = $("news").firstChild;
	const marked = await api.markAll(at).catch(tell);
	if (!marked) return;
	cards.forEach((card) => card.at <= at && card.classList.add("read"));
	count(marked.unreadCount);
}

const tell = (problem) => toast(problem.text);

function visit({ id, metadata }) {
	$("feed").hidePopover();
	emit("visit", metadata.generationId);
	read(id);
}
