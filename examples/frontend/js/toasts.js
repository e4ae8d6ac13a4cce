// Short messages in a corner. They wait while somebody points at them, and while nobody looks at the page at all.
import { $, button, el, icon } from "./dom.js";

const SECONDS = 8;

export function toast(text, show) {
  const node = el("div.toast", { role: "status" }, el("span", {}, text),
    show && button("link", { t: "bell.show", onclick: () => { node.remove(); show(); } }),
    button("quiet", { label: "close", onclick: () => node.remove() }, icon("close")));
  $("toasts").append(node);
  for (const act of ["hidePopover", "showPopover"]) $("toasts")[act](); // shown anew, it lies above a dialog as well
  let left = SECONDS;
  const clock = setInterval(() => {
    if (!document.hidden && !node.matches(":hover, :focus-within")) left -= 1;
    if (left > 0 && node.isConnected) return;
    clearInterval(clock);
    node.remove();
  }, 1000);
}
