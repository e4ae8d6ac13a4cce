// One image, large. Arrow keys turn the pages, Escape closes; the browser gives the focus back.
import { $, brief, on, say } from "./dom.js";
import { facts, imageActions, paint, workActions } from "./results.js";

const dialog = $("preview");
let work = null;
let index = 0;

export function start() {
  const now = () => [work, index];
  $("preview-actions").append(...imageActions(now), ...workActions(now));
  on("preview", (asked) => { ({ work, index } = asked); show(); dialog.showModal(); });
  on("reuse", () => dialog.close());
  on("removed", (id) => id === work?.id && dialog.close());
  $("preview-close").onclick = () => dialog.close();
  $("previous").onclick = () => turn(-1);
  $("next").onclick = () => turn(1);
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  dialog.onkeydown = (event) => turn({ ArrowLeft: -1, ArrowRight: 1 }[event.key]);
}

function turn(step) {
  if (!work.images[index + step]) return;
  index += step;
  show();
}

function show() {
  const { prompt, images } = work;
  $("preview-title").textContent = prompt;
  paint(say($("preview-image"), "image.alt", { n: index + 1, prompt: brief(prompt, 200) }, "alt"), work, index);
  $("preview-facts").textContent = `${index + 1} / ${images.length} · ${facts(work, index)}`;
  $("previous").hidden = !images[index - 1];
  $("next").hidden = !images[index + 1];
}
