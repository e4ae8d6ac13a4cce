import { $, brief, button, el, emit, icon, lang, t } from "./dom.js";
import { remove, renew } from "./jobs.js";
import { toast } from "./toasts.js";

export const resultCard = (work, shelve) => [
	el("ul.images.grid", {}, ...work.images.map((_, index) =>
		el("li", {}, tile(work, index), el("div.actions", {}, ...imageActions(() => [work, index]))))),
	el("p.prompt", {}, work.prompt),
	el("div.line", {},
		el("span.muted", {}, facts(work, 0)),
		el("div.actions", {}, ...workActions(() => [work]), button("soft", { t: "Put into the gallery", onclick: shelve }))),
];

export function tile(work, index) {
	const image = paint(el("img", { alt: "", loading: "lazy", decoding: "async" }), work, index);
	const label = ["Enlarge image {n}: {prompt}", { n: index + 1, prompt: brief(work.prompt) }];
	return button("tile", { label, onclick: () => emit("preview", { work, index }) }, image);
}

/** Asks once for a fresh URL when its own has run out; offline it waits. */
export function paint(image, work, index) {
	const shown = (image.shown = {}); // another may be painted here meanwhile
	image.onerror = () => {
		image.onerror = null;
		renew(work).then(() => image.shown === shown && (image.src = work.images[index].url), ({ code }) => {
			if (code !== "offline") image.closest(".tile")?.replaceChildren(el("span.expired.muted", { t: code }));
			else addEventListener("online", () => image.shown === shown && paint(image, work, index), { once: true });
		});
	};
	image.src = work.images[index].url;
	return image;
}

export const facts = ({ model, seconds, images }, index) =>
	[images[index].dimensions.replace("x", " × "), images[index].format, model,
		seconds && `${seconds.toLocaleString(lang(), { maximumFractionDigits: 1 })} s`].filter(Boolean).join(" · ");

/** `what` gives [work, index] when it is pressed. */
export const imageActions = (what) => [
	action("download", "Download", async () => save(await fileOf(...what()))),
	action("reuse", "Use as input", async () => emit("reuse", await fileOf(...what()))),
];
export const workActions = (what) => [
	action("copy", "Copy the prompt", async () => toast(t((await isCopied(what()[0].prompt)) ? "Prompt copied" : "Copying failed: select the text."))),
	action("trash", "Delete", () => trash(what()[0].id)),
];

function action(name, label, act) {
	const node = button("quiet.act", { label }, icon(name), el("span", { t: label }));
	node.onclick = () => {
		node.disabled = true; // which takes the focus from it
		act().catch((problem) => toast(problem.text ?? t("unreachable")))
			.finally(() => { node.disabled = false; if (document.activeElement.matches("body, dialog:not([open]) *")) node.focus(); });
	};
	return node;
}

/** The bytes: a link to another origin would show them instead of saving them. */
async function fileOf(work, index) {
	const { format } = work.images[index];
	const load = () => fetch(work.images[index].url).then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error(answer.status))));
	const blob = await load().catch(() => renew(work).then(load));
	const kind = format.toLowerCase();
	const name = `sorami-${work.id.slice(0, 8)}-${index + 1}.${kind.replace("jpeg", "jpg")}`;
	return new File([blob], name, { type: `image/${kind}` });
}

function save(file) {
	const href = URL.createObjectURL(file);
	el("a", { href, download: file.name }).click();
	setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** Without https there is no clipboard, and a browser may refuse it. */
const isCopied = (text) => navigator.clipboard?.writeText(text).then(() => true, () => false);

async function trash(id) {
	if (!confirm(t("Delete all its images for good?"))) return;
	await remove(id);
	toast(t("job_not_found"));
	$("gallery-title").focus();
}
