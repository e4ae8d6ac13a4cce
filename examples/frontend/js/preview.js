import { $, brief, on, say } from "./dom.js";
import { facts, imageActions, paint, workActions } from "./results.js";

const dialog = $("preview");
const now = () => [work, index];
const close = () => dialog.close();
let [work, index] = [null, 0];

$("preview-actions").append(...imageActions(now), ...workActions(now));
on("preview", (asked) => { ({ work, index } = asked); turn(0); dialog.showModal(); });
on("reuse", close);
on("removed", (id) => id === work?.id && close());
$("previous").onclick = () => turn(-1);
$("next").onclick = () => turn(1);
dialog.onclick = ({ target }) => { if (target === dialog) close(); };
dialog.onkeydown = ({ key }) => turn({ ArrowLeft: -1, ArrowRight: 1 }[key]);

function turn(step) {
	const { prompt, images } = work;
	if (!images[index + step]) return;
	index += step;
	$("preview-title").textContent = prompt;
	paint(say($("preview-image"), "Image {n}: {prompt}", { n: index + 1, prompt: brief(prompt) }, "label"), work, index);
	$("preview-facts").textContent = `${index + 1} / ${images.length} · ${facts(work, index)}`;
	$("previous").hidden = !images[index - 1];
	$("next").hidden = !images[index + 1];
}
