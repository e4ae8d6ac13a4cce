// The jobs of this visit, newest first: under way, then with their results until they are put into the gallery.
import { status } from "./api.js";
import { $, brief, el, emit, on, say, t } from "./dom.js";
import { find, isOpen, take } from "./jobs.js";
import { endedCard, openCard, tick, update } from "./progress.js";
import { resultCard } from "./results.js";
import { toast } from "./toasts.js";

const cards = new Map();
export const isOnStage = (id) => cards.has(id);

export function start() {
  on("job", (job) => { if (isOpen(job) || cards.has(job.id)) show(job); else if (job.work) emit("shelved", job.work); });
  on("removed", drop);
  on("started", (id) => cards.get(id)?.scrollIntoView({ block: "nearest" }));
  on("lang", () => cards.forEach((card, id) => render(card, find(id))));
  on("visit", visit);
  setInterval(() => cards.forEach((card, id) => tick(card, find(id))), 1000);
}

function show(job) {
  const card = cards.get(job.id) ?? add(job.id);
  const hadFocus = card.contains(document.activeElement);
  const hasEnded = card.dataset.open === "true" && !isOpen(job);
  render(card, job);
  if (hadFocus && !card.contains(document.activeElement)) card.focus();
  if (hasEnded && job.status !== "CANCELLED") tell(job, card);
}

function add(id) {
  const card = el("li.job.panel", { tabIndex: -1 });
  cards.set(id, card);
  $("jobs").prepend(card);
  $("stage").hidden = false;
  emit("staged", id);
  return card;
}

function render(card, job) {
  if (isOpen(job)) {
    if (!card.dataset.open) card.replaceChildren(...openCard(job));
    update(card, job);
  } else card.replaceChildren(...(job.work ? resultCard(job.work, () => shelve(job.id)) : endedCard(job, () => dismiss(job.id))));
  card.dataset.open = isOpen(job);
}

/** Said aloud always; shown as a toast to whoever looks elsewhere. */
function tell({ id, work, prompt }, card) {
  const [key, vars] = work ? ["job.ready", { n: work.images.length }] : ["job.failed"];
  say($("announcement"), key, vars);
  const { top, bottom } = card.getBoundingClientRect();
  const isSeen = !document.hidden && !document.querySelector("dialog[open]") && top < innerHeight - 150 && bottom > 100;
  if (!isSeen) toast(`${t(key, vars)} · ${brief(prompt, 60)}`, () => visit(id));
}

function shelve(id) {
  const { work } = find(id);
  dismiss(id);
  emit("shelved", work);
}

function dismiss(id) {
  const hadFocus = cards.get(id).contains(document.activeElement);
  drop(id);
  if (hadFocus) $("gallery-title").focus();
}

function drop(id) {
  cards.get(id)?.remove();
  cards.delete(id);
  $("stage").hidden = !cards.size;
}

/** Somebody wants to see this job, wherever it is. Without a result of its own it may be a Problem, or nothing yet. */
async function visit(id) {
  const job = find(id) ?? (await status(id).then(take).catch((problem) => problem));
  if (!job?.id) return toast(job?.code === "job_not_found" ? t("job.gone") : (job?.text ?? t("error.unreachable")));
  if (!cards.has(id) && job.work) return emit("preview", { work: job.work, index: 0 });
  if (!cards.has(id)) show(job);
  cards.get(id).scrollIntoView({ block: "nearest" });
  cards.get(id).focus();
}
