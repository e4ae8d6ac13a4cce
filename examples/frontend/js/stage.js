import { status } from "./api.js";
import { $, brief, el, emit, hasFocus, on, say, t } from "./dom.js";
import { find, isOpen, take } from "./jobs.js";
import { endedCard, openCard, tick, update } from "./progress.js";
import { resultCard } from "./results.js";
import { toast } from "./toasts.js";

const cards = new Map();
export const isOnStage = (id) => cards.has(id);

on("job", (job) => { if (isOpen(job) || cards.has(job.id)) show(job); else if (job.work) emit("shelved", job.work); });
on("removed", drop);
on("started", (id) => cards.get(id)?.scrollIntoView({ block: "nearest" }));
on("lang", () => cards.forEach((card, id) => render(card, find(id))));
on("visit", visit);
setInterval(() => cards.forEach((card, id) => tick(card, find(id))), 1000);

function show(job) {
	const card = cards.get(job.id) ?? add(job.id);
	const hadFocus = hasFocus(card);
	const hasEnded = card.dataset.open === "true" && !isOpen(job);
	render(card, job);
	if (hadFocus && !hasFocus(card)) card.focus();
	if (hasEnded && job.status !== "CANCELLED") tell(job, card);
}

function add(id) {
	const card = el("li.job.panel.grid", { tabIndex: -1 });
	cards.set(id, card);
	$("jobs").prepend(card);
	$("stage").hidden = false;
	emit("staged", id);
	return card;
}

function render(card, job) {
	const { id, work } = job;
	if (isOpen(job)) {
		if (!card.dataset.open) card.replaceChildren(...openCard(job));
		update(card, job);
	} else if (work) card.replaceChildren(...resultCard(work, () => { dismiss(id); emit("shelved", work); }));
	else card.replaceChildren(...endedCard(job, () => dismiss(id)));
	card.dataset.open = isOpen(job);
}

/** Said aloud always; shown as a toast to whoever looks elsewhere. */
function tell({ id, work, prompt }, card) {
	const [key, vars] = work ? ["{n} image ready|{n} images ready", { n: work.images.length }] : ["A generation failed"];
	say($("announcement"), key, vars);
	const { top, bottom } = card.getBoundingClientRect();
	const isSeen = !document.hidden && !$("preview").open && top < innerHeight - 150 && bottom > 100;
	if (!isSeen) toast(`${t(key, vars)} · ${brief(prompt)}`, () => visit(id));
}

function dismiss(id) {
	const hadFocus = hasFocus(cards.get(id));
	drop(id);
	if (hadFocus) $("gallery-title").focus();
}

function drop(id) {
	cards.get(id)?.remove();
	cards.delete(id);
	$("stage").hidden = !cards.size;
}

/** Somebody wants to see this job, wherever it is: it may be a Problem, or nothing yet. */
async function visit(id) {
	const job = find(id) ?? (await status(id).then(take).catch((problem) => problem));
	if (!job?.id) return toast(job?.text ?? t("unreachable"));
	if (!cards.has(id) && job.work) return emit("preview", { work: job.work, index: 0 });
	if (!cards.has(id)) show(job);
	cards.get(id).scrollIntoView({ block: "nearest" });
	cards.get(id).focus();
}
