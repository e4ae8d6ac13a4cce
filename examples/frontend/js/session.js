// Who is signed in. With Clerk or another provider this is the one module to replace (README.md): user, token, signIn, signOut.
import { config } from "./config.js";
import { drop, keep, kept } from "./dom.js";

const PLACE = "sessionStorage"; // of this tab alone, so that two tabs can be two users
let session = kept("session", PLACE);
let renewal = null;
let isOver = false;

export const user = () => session?.user ?? null;

/** Throws a TypeError without a network. */
export async function signIn(name) {
  const asked = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sub: name }), signal: AbortSignal.timeout(30_000) };
  const { token } = await fetch(config.token_url, asked).then((answer) => answer.json());
  const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  if (isOver) return; // asked for before the user signed out
  session = { user: name, token, expires: claims.exp * 1000 };
  keep("session", session, PLACE);
}

/** One that is good for a minute at least; a fresh one if the last was refused. */
export async function token(isRefused = false) {
  if (isRefused || session.expires - Date.now() < 60_000) {
    renewal ??= signIn(session.user).finally(() => (renewal = null));
    await renewal;
  }
  return session.token;
}

export function signOut() {
  isOver = true;
  drop("session", PLACE);
  location.reload(); // nothing of this user stays in memory
}
