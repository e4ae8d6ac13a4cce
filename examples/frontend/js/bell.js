// The notification bell: what is unread, the list, one or all marked as read.
import * as api from "./api.js";
import { $, button, el, emit, icon, on, say, t, time } from "./dom.js";
import { reasonKey } from "./progress.js";
import { toast } from "./toasts.js";

const items = new Map();
let cursor; // undefined until the list is there
let unread = 0;

export function start() {
  on("unread", count);
  on("lang", () => count(unread));
  on("connection", (state) => state === "open" && load());
  on("notification", hear);
  $("read-all").onclick = readAll;
  $("older").onclick = () => load(cursor);
  load();
}

export async function load(from = "") {
  const page = await api.feed({ limit: 20, ...(from && { cursor: from }) }).catch(() => null);
  if (!page) return;
  const isApart = !page.notifications.some(({ id }) => items.has(id)); // more came meanwhile than one page holds
  if (from || isApart || cursor === undefined) cursor = page.next_cursor;
  page.notifications.forEach(put);
  count(page.unreadCount);
}

/** Live messages may come twice or in another order, and then their count is an old one. */
function hear({ notification, unreadCount }) {
  const isLate = [...items.values()].some(({ one }) => one.createdAt >= notification.createdAt);
  put(notification);
  isLate ? load() : count(unreadCount);
}

function put(one) {
  const { id, type, metadata, createdAt, isRead } = one;
  if (items.has(id)) return isRead && items.get(id).card.classList.add("read");
  const isDone = type === "IMAGE_COMPLETED";
  const card = el(isRead ? "li.read" : "li", {},
    button("item", { onclick: () => visit(one) },
      el("strong", { t: isDone ? ["job.ready", { n: metadata.imagesCount ?? 1 }] : "job.failed" }),
      !isDone && el("span", { t: reasonKey(metadata.errorCode) }),
      time(createdAt)),
    button("quiet", { label: "bell.one", onclick: () => read(id) }, icon("check")));
  items.set(id, { one, card });
  const older = [...$("news").children].find((node) => node.querySelector("time").dateTime < createdAt);
  $("news").insertBefore(card, older ?? null);
}

function count(number) {
  unread = number;
  $("badge").hidden = $("read-all").hidden = !unread;
  $("badge").textContent = unread > 99 ? "99+" : unread;
  say($("bell"), "bell.unread", { n: unread }, "label");
  $("no-news").hidden = items.size > 0;
  $("older").hidden = !cursor;
  document.title = (unread ? `(${unread}) ` : "") + t("title");
}

async function read(id) {
  const { card } = items.get(id);
  if (card.classList.contains("read")) return;
  if (card.contains(document.activeElement)) card.firstChild.focus(); // the button that was pressed goes
  if (!(await orSay(api.mark(id)))) return;
  card.classList.add("read");
  count(Math.max(0, unread - 1));
}

/** Only what is shown: what comes meanwhile stays unread. */
async function readAll() {
  if (!items.size) return load();
  const newest = [...items.values()].map(({ one }) => one.createdAt).sort().at(-1);
  $("news").querySelector("button").focus();
  const marked = await orSay(api.markAll(newest));
  if (marked) items.forEach(({ card }) => card.classList.add("read"));
  if (marked) count(marked.unreadCount);
}

const orSay = (promise) => promise.catch((problem) => toast(problem.text));

function visit({ id, metadata }) {
  $("feed").hidePopover();
  emit("visit", metadata.generationId);
  read(id);
}
