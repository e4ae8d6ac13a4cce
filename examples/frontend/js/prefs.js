// The two switches: language, and light or dark (the system's, until somebody says otherwise). Both are remembered.
import { $, emit, icon, keep, lang, root, say, speak, t } from "./dom.js";

const system = matchMedia("(prefers-color-scheme: dark)");
const other = () => ((root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark" ? "light" : "dark");

export async function start() {
  $("theme").onclick = () => { root.dataset.theme = other(); keep("theme", root.dataset.theme); show(); };
  $("lang").onclick = async () => { await speak($("lang").lang).catch(() => null); keep("lang", lang()); show(); emit("lang"); };
  system.onchange = show;
  await speak(lang());
  show();
}

function show() {
  document.title = t("title");
  $("lang").lang = lang() === "fr" ? "en" : "fr";
  $("lang").textContent = $("lang").lang.toUpperCase();
  say($("lang"), "lang", {}, "label");
  say($("theme"), other(), {}, "label").replaceChildren(icon(other() === "light" ? "sun" : "moon"));
}
