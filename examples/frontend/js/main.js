// The parts put together: each begins with `enter`.
import "./stage.js";
import "./preview.js";
import "./gallery.js";
import "./prefs.js";
import { load } from "./bell.js";
import { $, emit, icon, on, say } from "./dom.js";
import { forget } from "./form.js";
import { discover, openIds, poll } from "./jobs.js";
import { listen } from "./live.js";
import { signIn, signOut, user } from "./session.js";

$("late").remove();
document.querySelectorAll("[data-icon]").forEach((node) => node.prepend(icon(node.dataset.icon)));
on("connection", (state) => say($("notice"), state === "open" ? "" : `notice.${state}`));
$("sign-in").onsubmit = welcome;
$("sign-out").onclick = () => { forget(); signOut(); };
user() ? enter() : ($("welcome").hidden = false);

async function welcome(event) {
	event.preventDefault();
	const name = $("name").value.trim();
	const isName = /^[\w.@-]{1,64}$/.test(name);
	$("name").ariaInvalid = !isName;
	event.submitter.disabled = isName; // pressed twice, it would enter twice
	const fault = isName ? await signIn(name).then(() => "", () => "unreachable") : "1 to 64 plain letters, digits or . _ @ -";
	event.submitter.disabled = false;
	say($("name-fault"), fault);
	if (!fault) enter();
	$(fault ? "name" : "prompt").focus();
}

function enter() {
	$("welcome").hidden = true;
	for (const id of ["skip", "mine", "studio"]) $(id).hidden = false;
	$("user").textContent = user();
	emit("enter");
	discover();
	let turns = 0;
	listen(openIds, () => Promise.all([poll(), turns++ % 3 === 0 && load()]));
}
