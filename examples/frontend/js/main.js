// The page's parts, put together.
import * as bell from "./bell.js";
import { $, root, say } from "./dom.js";
import * as form from "./form.js";
import * as gallery from "./gallery.js";
import { discover, openIds, poll } from "./jobs.js";
import { listen } from "./live.js";
import * as notice from "./notice.js";
import * as prefs from "./prefs.js";
import * as preview from "./preview.js";
import { signIn, signOut, user } from "./session.js";
import * as stage from "./stage.js";

await prefs.start();
$("sign-in").onsubmit = welcome;
user() ? enter() : (root.dataset.view = "welcome");

async function welcome(event) {
  event.preventDefault();
  const name = $("name").value.trim();
  const isName = /^[\w.@-]{1,64}$/.test(name);
  $("name").ariaInvalid = String(!isName);
  event.submitter.disabled = isName; // pressed twice, it would enter twice
  const fault = isName ? await signIn(name).then(() => "", () => "error.unreachable") : "session.fault";
  event.submitter.disabled = false;
  say($("name-fault"), fault);
  if (fault) return $("name").focus();
  enter();
  $("prompt").focus();
}

function enter() {
  root.dataset.view = "studio";
  $("user").textContent = user();
  $("avatar").textContent = user()[0].toUpperCase();
  $("sign-out").onclick = signOut;
  $("skip").onclick = (event) => { event.preventDefault(); $("prompt").focus(); };
  for (const part of [notice, stage, form, preview, gallery, bell]) part.start();
  discover();
  let turns = 0;
  listen(openIds, () => Promise.all([poll(), turns++ % 3 === 0 && bell.load()]));
}
