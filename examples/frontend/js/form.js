// What is to be made: checked while it is typed, remembered for each user, sent once however often the network fails.
import { generate } from "./api.js";
import { $, el, emit, keep, kept, knows, on, say } from "./dom.js";
import { take } from "./jobs.js";
import { user } from "./session.js";
import { inputImage, isSourceReady } from "./source.js";

const LIMIT = 4000;
const CHOICES = {
  num_images: ["1", "2", "3", "4"], format: ["PNG", "JPEG", "WEBP"],
  size: ["1024x1024", "512x512", "1792x1024"],
  style: ["photorealistic", "artistic", "illustration", "3d-render"], quality: ["standard", "high", "ultra"],
};
const [form, prompt, submit] = ["form", "prompt", "submit"].map($);
let attempt = {}; // an unchanged form that is sent again has the same key, so that it starts no second job
let isSending = false;

export function start() {
  const before = kept(`form:${user()}`) ?? {};
  for (const [name, values] of Object.entries(CHOICES)) {
    const options = el("div.options", {}, ...values.map((value) => option(name, value)));
    $("choices").append(el(`fieldset.field.${name}`, {}, el("legend", { t: `choice.${name}` }), options));
    form.elements[name].value = values.includes(before[name]) ? before[name] : values[0];
  }
  prompt.value = before.prompt ?? "";
  form.oninput = check;
  form.onsubmit = send;
  prompt.onkeydown = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(submit); };
  on("changed", check);
  on("prompt", (text) => { prompt.value = text; check(); prompt.focus(); });
  check();
}

function option(name, value) {
  const key = `choice.${value}`;
  const text = knows(key) ? { t: key } : { textContent: value.replace("x", " × ") };
  return el("label.option", {}, el("input.unseen", { type: "radio", name, value }), el("span", text));
}

function values() {
  const chosen = Object.keys(CHOICES).map((name) => [name, form.elements[name].value]);
  return { prompt: prompt.value.trim(), ...Object.fromEntries(chosen) };
}

function check() {
  const now = values();
  const n = [...now.prompt].length;
  const isPlain = !/[^\P{Cc}\n\t]/u.test(now.prompt);
  const fault = !n ? "form.empty" : n > LIMIT ? "form.long" : isPlain ? "" : "form.control";
  keep(`form:${user()}`, { ...now, prompt: prompt.value });
  $("count").textContent = `${n} / ${LIMIT}`;
  say($("prompt-fault"), fault, { n: n - LIMIT }).classList.toggle("calm", !n);
  prompt.ariaInvalid = String(Boolean(fault && n));
  submit.disabled = Boolean(fault) || !isSourceReady() || isSending;
  say(submit, isSending ? "form.sending" : "form.submit", { n: Number(now.num_images) });
  $("form-fault").textContent = "";
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
  say($("announcement"), "form.started");
  await take(job, { prompt: body.prompt, count: Number(body.num_images), size: body.size });
  emit("started", job.job_id);
}

/** Each fault beside its field; the rest above the button. */
function refuse({ errors, text }) {
  const places = { "#/prompt": "prompt-fault", "#/input_image_url": "source-fault" };
  for (const { pointer, detail } of errors) $(places[pointer] ?? "form-fault").textContent = detail;
  if (!errors.length) $("form-fault").textContent = text;
}
