// A job without a result: what it is doing, how far it is and for how long; and why it ended.
import * as api from "./api.js";
import { config } from "./config.js";
import { brief, button, el, emit, icon, knows, lang, say, t } from "./dom.js";
import { take } from "./jobs.js";
import { toast } from "./toasts.js";

export const reasonKey = (code) => `error.${knows(`error.${code}`) ? code : "internal"}`;

export const openCard = (job) => [
  el("div.places", { ariaHidden: "true" }, ...Array.from({ length: job.count }, () => el(`span.place.size-${job.size}`))),
  el("p.prompt", {}, job.prompt),
  el("div.bar", { role: "progressbar", ariaValueMax: 100, label: ["job.progress", { prompt: brief(job.prompt, 80) }] }),
  el("div.line", {},
    el("span.state", {}, el("strong", { ariaLive: "polite" }), el("span.said.muted", { lang: config.locale })),
    el("span.muted", {}, el("span.percent"), " · ", el("span.elapsed")),
    button("soft", { t: "job.cancel", onclick: ({ target }) => stop(job.id, target) })),
];

export function update(card, job) {
  const [bar, state, said, percent] = [".bar", "strong", ".said", ".percent"].map((name) => card.querySelector(name));
  const key = `state.${job.status}`;
  card.style.setProperty("--done", job.progress / 100);
  bar.ariaValueNow = job.progress;
  percent.textContent = `${Math.round(job.progress)} %`;
  bar.ariaValueText = `${percent.textContent}, ${t(key)}`;
  if (state.dataset.t !== key) say(state, key); // said aloud, so only when it is another
  said.textContent = lang() === config.locale ? job.message : "";
  tick(card, job);
}

export function tick(card, job) {
  const clock = card.querySelector(".elapsed");
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(job.createdAt)) / 1000));
  if (clock) clock.textContent = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function endedCard(job, dismiss) {
  const isFailed = job.status !== "CANCELLED";
  return [
    el("div.line", {},
      el(isFailed ? "strong.failed" : "strong.muted", { t: `state.${isFailed ? "FAILED" : job.status}` }),
      button("quiet", { label: "job.dismiss", onclick: dismiss }, icon("close"))),
    el("p.prompt", {}, job.prompt),
    isFailed && el("p.reason", { t: reasonKey(job.code) }),
    isFailed && lang() === config.locale && el("p.muted", {}, job.error ?? ""),
    el("div.actions", {}, button("soft", { t: "job.retry", onclick: () => emit("prompt", job.prompt) })),
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
