// The input image: an address, or a file that is uploaded as soon as it is chosen.
import { upload } from "./api.js";
import { $, emit, on, say } from "./dom.js";

const KINDS = ["image/png", "image/jpeg", "image/webp"];
const LIMIT = 10 * 1024 * 1024;
let uploaded = ""; // upload://… once the file is there
let current = null; // the file that is shown: a slow upload of another one says nothing any more

export const inputImage = () => uploaded || $("url").value.trim();
export const isSourceReady = () => (current ? Boolean(uploaded) : /^(https?:\/\/[^\s/]+.*)?$/.test(inputImage()));

async function choose(file) {
  clear();
  if (!KINDS.includes(file.type)) return tell("source.kind");
  if (file.size > LIMIT) return tell("source.large");
  current = file;
  $("source-image").src = URL.createObjectURL(file);
  $("source-name").textContent = file.name;
  show("source.sending");
  const place = await upload(file).catch(() => "");
  if (current !== file) return;
  if (!place) clear();
  uploaded = place;
  tell(place ? "" : "source.lost");
}

function clear() {
  URL.revokeObjectURL($("source-image").src);
  current = null;
  uploaded = $("url").value = $("file").value = "";
  show("");
}

function show(key) {
  $("source-preview").hidden = !current;
  $("source-choice").hidden = Boolean(current);
  tell(key);
}

function tell(key) {
  say($("source-fault"), key).classList.toggle("calm", key === "source.sending");
  emit("changed");
}

$("file").onchange = () => $("file").files[0] && choose($("file").files[0]);
$("url").onchange = () => tell(isSourceReady() ? "" : "source.wrong");
$("source-clear").onclick = () => { clear(); $("file").focus(); };
$("source").ondragover = (event) => event.preventDefault();
$("source").ondrop = (event) => { event.preventDefault(); if (event.dataTransfer.files[0]) choose(event.dataTransfer.files[0]); };
on("reuse", (file) => { choose(file); $("source").scrollIntoView({ block: "center" }); $("source-clear").focus(); });
