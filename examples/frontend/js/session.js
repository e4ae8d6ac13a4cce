// Who is signed in: the one module that Clerk or another provider replaces (README.md).
import { config, drop, keep, kept } from "./dom.js";

const TAB = "sessionStorage"; // so that two tabs can be two users
let session = kept("session", TAB);
let renewal = null;
let isOver = false;

export const user = () => session?.user ?? null;

export async function signIn(name) {
	const asked = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sub: name, ttl: 3600 }), signal: AbortSignal.timeout(30_000) };
	const { token } = await fetch(config.token_url, asked).then((answer) => answer.json());
	if (!token) throw new Error(name);
	if (isOver) return; // asked for before the user signed out
	session = { user: name, token, until: Date.now() + 3_540_000 };
	keep("session", session, TAB);
}

/** Good for a minute at least; a fresh one if the last was refused. */
export async function token(isRefused = false) {
	if (isRefused || Date.now() > session.until) await (renewal ??= signIn(session.user).finally(() => (renewal = null)));
	return session.token;
}

export function signOut() {
	isOver = true;
	drop("session", TAB);
	location.reload(); // nothing of this user stays in memory
}
