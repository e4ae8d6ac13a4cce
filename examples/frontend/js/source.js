import { upload } from "./api.js";
import { $, emit, on, say } from "./dom.js";

const LIMIT = 10 * 1024 * 1024;
const [file, url, image] = ["file", "url", "source-image"].map($);
let uploaded = ""; // upload://… once the file is there
let current = null; // a slow upload of another file says nothing any more

export const inputImage = () => uploaded || url.value.trim();
export const isSourceReady = () => (current ? Boolean(uploaded) : /^(https?:\/\/[^\s/]+.*)?$/.test(inputImage()));

async function choose(chosen) {
	show(null);
	if (!file.accept.split(",").includes(chosen.type)) return tell("This is no PNG, JPEG or WebP image.");
	if (chosen.size > LIMIT) return tell("Over 10 MiB: make it smaller.");
	show(chosen);
	tell("Uploading the image…");
	const place = await upload(chosen).catch(() => "");
	if (current !== chosen) return;
	if (!place) show(null);
	uploaded = place;
	tell(place ? "" : "The upload failed: choose the image again.");
}

function show(chosen) {
	URL.revokeObjectURL(image.src);
	uploaded = url.value = file.value = "";
	current = chosen;
	if (chosen) image.src = URL.createObjectURL(chosen);
	$("source-name").textContent = chosen?.name ?? "";
	$("source-preview").hidden = !chosen;
	$("source-choice").hidden = Boolean(chosen);
	tell("");
}

function tell(key) {
	say($("source-fault"), key).classList.toggle("calm", key === "Uploading the image…");
	emit("changed");
}

file.onchange = () => file.files[0] && choose(file.files[0]);
url.onchange = () => tell(isSourceReady() ? "" : "Give a whole address, with https://");
$("source-clear").onclick = () => { show(null); file.focus(); };
on("reuse", (result) => { choose(result); $("source").scrollIntoView({ block: "center" }); $("source-clear").focus(); });
