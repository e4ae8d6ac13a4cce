// A finished job: its images, and what can be done with them.
import { $, brief, button, el, emit, icon, lang, t } from "./dom.js";
import { remove, renew } from "./jobs.js";
import { toast } from "./toasts.js";

export const resultCard = (work, shelve) => [
  el("ul.images", {}, ...work.images.map((_, index) =>
    el("li", {}, tile(work, index), el("div.actions", {}, ...imageActions(() => [work, index]))))),
  el("p.prompt", {}, work.prompt),
  el("div.line", {},
    el("span.muted", {}, facts(work, 0)),
    el("div.actions", {}, ...workActions(() => [work]), button("soft", { t: "job.shelve", onclick: shelve }))),
];

/** An image that opens the preview. */
export function tile(work, index) {
  const image = el("img", { alt: "", loading: "lazy", decoding: "async" });
  paint(image, work, index);
  const label = ["image.open", { n: index + 1, prompt: brief(work.prompt, 80) }];
  return button("tile", { label, onclick: () => emit("preview", { work, index }) }, image);
}

/** Asks once for a fresh URL when the image's own has run out. */
export function paint(image, work, index) {
  const shown = (image.shown = {}); // another one may be painted here before the answer is there
  image.onerror = async () => {
    image.onerror = null;
    await renew(work).then(() => image.shown === shown && (image.src = work.images[index].url),
      () => image.closest(".tile")?.replaceChildren(el("span.expired", { t: "image.expired" })));
  };
  image.src = work.images[index].url;
}

export const facts = ({ model, seconds, images }, index) =>
  [images[index].dimensions.replace("x", " × "), images[index].format, model,
    seconds && `${seconds.toLocaleString(lang(), { maximumFractionDigits: 1 })} s`].filter(Boolean).join(" · ");

/** `what` gives [work, index] at the time of the click. */
export const imageActions = (what) => [
  action("download", () => download(...what())),
  action("reuse", async () => emit("reuse", await fileOf(...what()))),
];
export const workActions = (what) => [
  action("copy", async () => toast(t((await isCopied(what()[0].prompt)) ? "image.copied" : "image.uncopied"))),
  action("trash", () => trash(what()[0].id)),
];

function action(name, act) {
  const node = button("quiet.act", { label: `image.${name}` }, icon(name), el("span", { t: `image.${name}` }));
  node.onclick = () => {
    node.disabled = true; // which takes the focus from it
    act().catch((problem) => toast(problem.text ?? t("error.unreachable")))
      .finally(() => { node.disabled = false; if (document.activeElement.matches("body, dialog:not([open]) *")) node.focus(); });
  };
  return node;
}

/** The bytes: a link to another origin shows a file instead of saving it, and the API takes no presigned URL of its own. */
async function fileOf(work, index) {
  if (work.until - Date.now() < 60_000) await renew(work);
  const { url, format } = work.images[index];
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The file answered ${answer.status}`);
  const name = `sorami-${work.id.slice(0, 8)}-${index + 1}.${format.toLowerCase().replace("jpeg", "jpg")}`;
  return new File([await answer.blob()], name, { type: `image/${format.toLowerCase()}` });
}

async function download(work, index) {
  const file = await fileOf(work, index);
  const link = el("a", { href: URL.createObjectURL(file), download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A page without https has no clipboard, and a browser may refuse it. */
const isCopied = (text) => navigator.clipboard?.writeText(text).then(() => true, () => false);

async function trash(id) {
  $("confirm").returnValue = ""; // Escape leaves it alone in one browser and empties it in another
  $("confirm").showModal();
  await new Promise((closed) => ($("confirm").onclose = closed));
  if ($("confirm").returnValue !== "yes") return;
  await remove(id);
  toast(t("delete.done"));
  $("gallery-title").focus();
}
