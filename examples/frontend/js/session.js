// Who is signed in. With Clerk or another provider this is the one module to replace (README.md): user, token, signIn, signOut.
import { config } from "./config.js";

const KEY = "sorami:session"; // of this tab alone, so that two tabs can be two users
let session = JSON.parse(sessionStorage.getItem(KEY));
let renewal = null;

export const user = () => session?.user ?? null;

/** Throws a TypeError without a network. */
export async function signIn(name) {
  const asked = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sub: name }) };
  const { token } = await fetch(config.token_url, asked).then((answer) => answer.json());
  const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  session = { user: name, token, expires: claims.exp * 1000 };
  sessionStorage.setItem(KEY, JSON.stringify(session));
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
  sessionStorage.removeItem(KEY);
  location.reload(); // nothing of this user stays in memory
}
