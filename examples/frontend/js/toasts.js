// They wait while somebody points at them or nobody looks at the page.
import { $, button, el, icon } from "./dom.js";

export function toast(text, show) {
	const node = el("div.toast.line.small", { role: "status" }, el("span", {}, text),
		show && button("link", { t: "Show", onclick: () => { node.remove(); show(); } }),
		button("quiet", { label: "Close", onclick: () => node.remove() }, icon("close")));
	$("toasts").append(node);
	for (const act of ["hidePopover", "showPopover"]) $("toasts")[act](); // above a dialog as well
	let left = 8;
	const clock = setInterval(() => {
		if (!document.hidden && !node.matches(":hover, :focus-within")) left -= 1;
		if (left > 0 && node.isConnected) return;
		clearInterval(clock);
		node.remove();
	}, 1000);
}
