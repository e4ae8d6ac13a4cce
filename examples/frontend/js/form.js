import { generate } from "./api.js";
import { $, drop, el, emit, keep, kept, on, say } from "./dom.js";
import { take } from "./jobs.js";
import { user } from "./session.js";
import { inputImage, isSourceReady } from "./source.js";

const LIMIT = 4000;
const CHOICES = {
	num_images: ["1", "2", "3", "4"], format: ["PNG", "JPEG", "WEBP"],
	size: ["1024x1024", "512x512", "1792x1024"],
	style: ["photorealistic", "artistic", "illustration", "3d-render"], quality: ["standard", "high", "ultra"],
};
const [form, prompt, submit, fault] = ["form", "prompt", "submit", "form-fault"].map($);
let attempt = {}; // an unchanged form has the same key: it starts no second job
let isSending = false;
let place = ""; // where it is remembered

on("enter", start);
on("changed", check);
on("prompt", (text) => { prompt.value = text; check(); prompt.focus(); });
form.oninput = check;
form.onsubmit = send;
prompt.onkeydown = ({ key, ctrlKey, metaKey }) => { if (key === "Enter" && (ctrlKey || metaKey)) form.requestSubmit(submit); };

function start() {
	place = `form:${user()}`;
	const before = kept(place) ?? {};
	for (const [name, values] of Object.entries(CHOICES)) {
		const options = values.map((value) => {
			const text = { t: value.replace("x", " × ") };
			return el("label.option", {}, el("input.unseen", { type: "radio", name, value }), el("span", text));
		});
		$("choices").append(el(`fieldset.field.${name}`, {}, el("legend", { t: name }), el("div.options", {}, ...options)));
		form.elements[name].value = values.includes(before[name]) ? before[name] : values[0];
	}
	prompt.value = before.prompt ?? "";
	check();
}

export function forget() {
	drop(place);
	place = "";
}

const values = () => Object.fromEntries(["prompt", ...Object.keys(CHOICES)].map((name) => [name, form.elements[name].value.trim()]));

function check() {
	const now = values();
	const n = [...now.prompt].length;
	const isPlain = !/[^\P{Cc}\n\t]/u.test(now.prompt);
	const key = !n ? "Describe your image first." : n > LIMIT ? "Too long by {n}: shorten the prompt." : isPlain ? "" : "Invisible characters: type the prompt anew.";
	if (place) keep(place, { ...now, prompt: prompt.value });
	$("count").textContent = `${n} / ${LIMIT}`;
	say($("prompt-fault"), key, { n: n - LIMIT }).classList.toggle("calm", !n);
	prompt.ariaInvalid = Boolean(key && n);
	submit.disabled = Boolean(key) || !isSourceReady() || isSending;
	say(submit, isSending ? "Sending…" : "Generate {n} image|Generate {n} images", { n: Number(now.num_images) });
	fault.textContent = "";
}

async function send(event) {
	event.preventDefault();
	if (submit.disabled) return;
	const body = { ...values(), input_image_url: inputImage() };
	const text = JSON.stringify(body);
	if (attempt.text !== text) attempt = { text, key: crypto.randomUUID() };
	isSending = true;
	check();
	const [job, problem] = await generate(body, attempt.key).then((answer) => [answer], (refusal) => [null, refusal]);
	isSending = false;
	check();
	if (document.activeElement === document.body) submit.focus(); // it was disabled meanwhile
	if (job || ["job_deleted", "idempotency_key_reused"].includes(problem.code)) attempt = {};
	if (problem) return refuse(problem);
	say($("announcement"), "Generation started");
	await take(job, { prompt: body.prompt, count: Number(body.num_images), size: body.size });
	emit("started", job.job_id);
}

/** Each fault beside its field; the rest above the button. */
function refuse({ errors, text }) {
	const places = { "#/prompt": "prompt-fault", "#/input_image_url": "source-fault" };
	for (const { pointer, detail } of errors) $(places[pointer] ?? "form-fault").textContent = detail;
	if (!errors.length) fault.textContent = text;
}
