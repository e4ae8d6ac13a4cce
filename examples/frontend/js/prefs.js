import { $, emit, icon, keep, lang, root, say, speak, t } from "./dom.js";

const system = matchMedia("(prefers-color-scheme: dark)");
const other = () => ((root.style.colorScheme || (system.matches ? "dark" : "light")) === "dark" ? "light" : "dark");

$("theme").onclick = () => { keep("theme", (root.style.colorScheme = other())); show(); };
$("lang").onclick = ({ target }) => { speak(target.lang); keep("lang", lang()); show(); emit("lang"); };
system.onchange = show;
speak(lang());
show();

function show() {
	document.title = t("title");
	const language = lang() === "fr" ? "en" : "fr";
	Object.assign(say($("lang"), "lang", {}, "label"), { lang: language, textContent: language.toUpperCase() });
	say($("theme"), other(), {}, "label").replaceChildren(icon(other() === "light" ? "sun" : "moon"));
}
