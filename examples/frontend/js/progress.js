import * as api from "./api.js";
import { brief, button, config, el, emit, icon, isTheirs, knows, say, t } from "./dom.js";
import { take } from "./jobs.js";
import { toast } from "./toasts.js";

export const reasonKey = (code) => (knows(code) ? code : "internal");
const readable = (text) => (isTheirs() && text) || "";

export const openCard = ({ id, prompt, count, size }) => [
	el("div.places", { ariaHidden: "true" }, ...Array.from({ length: count }, () => el(`span.place.size-${size}`))),
	el("p.prompt", {}, prompt),
	el("div.bar", { role: "progressbar", ariaValueMax: 100, label: ["Progress: {prompt}", { prompt: brief(prompt) }] }),
	el("div.line", {},
		el("span.state", {}, el("strong", { ariaLive: "polite" }), el("span.said.muted", { lang: config.locale })),
		el("span.muted", {}, el("span.percent"), " · ", el("span.elapsed")),
		button("soft", { t: "Cancel", onclick: ({ target }) => stop(id, target) })),
];

export function update(card, job) {
	const { status, progress, message } = job;
	const [bar, state, said, percent] = [".bar", "strong", ".said", ".percent"].map((name) => card.querySelector(name));
	card.style.setProperty("--done", progress / 100);
	bar.ariaValueNow = progress;
	percent.textContent = `${Math.round(progress)} %`;
	bar.ariaValueText = `${percent.textContent}, ${t(status)}`;
	if (state.dataset.t !== status) say(state, status); // said aloud
	said.textContent = readable(message);
	tick(card, job);
}

export function tick(card, { createdAt }) {
	const clock = card.querySelector(".elapsed");
	const passed = new Date(Math.max(0, Date.now() - Date.parse(createdAt)));
	if (clock) clock.textContent = passed.toISOString().slice(14, 19); // mm:ss
}

/** The reason is the page's, which says what to do, or where it knows none the service's. */
export function endedCard({ status, code, error, prompt }, dismiss) {
	const isFailed = status !== "CANCELLED";
	const reason = reasonKey(code);
	const theirs = reason === "internal" && readable(error);
	return [
		el("div.line", {},
			el(isFailed ? "strong.failed" : "strong.muted", { t: isFailed ? "FAILED" : status }),
			button("quiet", { label: "Remove from the list", onclick: dismiss }, icon("close"))),
		el("p.prompt", {}, prompt),
		isFailed && el("p.reason", theirs ? { textContent: theirs } : { t: reason }),
		el("div.actions", {}, button("soft", { t: "Use this prompt again", onclick: () => emit("prompt", prompt) })),
	].filter(Boolean);
}

async function stop(id, cancel) {
	cancel.disabled = true;
	try {
		await take(await api.cancel(id));
	} catch (problem) { // too late, or no network
		cancel.disabled = false;
		toast(problem.text);
		api.status(id).then(take).catch(() => null);
	}
}
