// Everything that was finished, newest first, page by page as one scrolls.
import { list } from "./api.js";
import { $, el, on, time } from "./dom.js";
import { fromGallery } from "./jobs.js";
import { tile } from "./results.js";
import { isOnStage } from "./stage.js";

const cards = new Map();
const fault = $("gallery-fault");
const end = new IntersectionObserver(([seen]) => seen.isIntersecting && load(), { rootMargin: "400px" });
let cursor = "";
let isLoading = false;

export function start() {
  on("shelved", (work) => { put(work); refresh(); });
  on("staged", remove);
  on("removed", remove);
  on("connection", (state) => state === "open" && fault.textContent && load());
  $("more").onclick = load;
  load();
}

async function load() {
  if (isLoading || cursor === null) return;
  isLoading = true;
  fault.textContent = "";
  const skeletons = Array.from({ length: cards.size ? 4 : 8 }, () => el("li.skeleton", { ariaHidden: "true" }));
  $("gallery").append(...skeletons);
  refresh();
  try {
    const page = await list({ limit: 12, ...(cursor && { cursor }) });
    cursor = page.next_cursor;
    page.generations.filter(({ images, id }) => images.length && !isOnStage(id)).forEach((entry) => put(fromGallery(entry)));
  } catch (problem) {
    fault.textContent = problem.text;
  }
  skeletons.forEach((skeleton) => skeleton.remove());
  isLoading = false;
  refresh();
  end.disconnect();
  if (cursor && !fault.textContent) end.observe($("more")); // anew, so that it tells of an end that is still in sight
}

function put(work) {
  if (cards.has(work.id)) return;
  const older = [...cards.values()].find((card) => card.querySelector("time").dateTime < work.at);
  const card = el("li.work", {},
    el(`div.mosaic.of-${work.images.length}`, {}, ...work.images.map((_, index) => tile(work, index))),
    el("p.prompt", {}, work.prompt),
    time(work.at));
  cards.set(work.id, card);
  $("gallery").insertBefore(card, older ?? null);
}

function remove(id) {
  cards.get(id)?.remove();
  cards.delete(id);
  refresh();
}

function refresh() {
  $("gallery").ariaBusy = String(isLoading);
  $("more").hidden = cursor === null || (isLoading && !cards.size);
  $("empty").hidden = isLoading || cards.size > 0 || Boolean(cursor) || fault.textContent !== "";
}
