// Calls of the API. Every one is safe to repeat: a create carries its Idempotency-Key.
import { config, isTheirs, knows, t } from "./dom.js";
import { token } from "./session.js";

const [TRIES, LONGEST_PAUSE_MS, ANSWER_MS] = [3, 10_000, 40_000]; // in all; the gateway itself gives up after 30 s
const BY_STATUS = { 401: "unauthorized", 429: "throttled" }; // the gateway's own answers have no code
const PASSING = ["unreachable", "unauthorized", "throttled", "unavailable"];
export const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

export class Problem extends Error {
	constructor(code, { message = code, errors = [] } = {}, pause = 0) {
		super(message);
		const text = knows(code) ? t(code) : isTheirs() ? message : t("unexpected");
		const worded = isTheirs() ? errors : errors.map((error) => ({ ...error, detail: t("The service refuses this value: change it.") }));
		Object.assign(this, { code, text, pause, errors: worded });
	}
}

async function call(method, path, body, headers) {
	for (let attempt = 1, code; ; attempt++) {
		try {
			return await once(method, path, body, headers, code === "unauthorized" || code === "unreachable");
		} catch (problem) {
			({ code } = problem);
			if (!PASSING.includes(code) || attempt === TRIES || problem.pause > LONGEST_PAUSE_MS) throw problem;
			await sleep(Math.max(problem.pause, 400 * 2 ** attempt * (0.5 + Math.random() / 2)));
		}
	}
}

async function once(method, path, body, more, isRefused) {
	let answer;
	try {
		const headers = { "Content-Type": "application/json", Authorization: `Bearer ${await token(isRefused)}`, ...more };
		answer = await fetch(config.api_url + path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS) });
	} catch { // also a 401 without CORS headers: a fresh token is the cure
		throw new Problem(navigator.onLine ? "unreachable" : "offline");
	}
	const { ok, status } = answer;
	const content = await answer.json().catch(() => null);
	if (ok && (content || status === 204)) return content;
	const isBusy = ok || status === 503 || (status >= 500 && !content?.code); // a 200 of a hotel's network is HTML
	const code = isBusy ? "unavailable" : status === 500 ? "unexpected" : (content?.code ?? BY_STATUS[status] ?? "unexpected");
	throw new Problem(code, content ?? {}, 1000 * (Number(answer.headers.get("Retry-After")) || 0));
}

const from = (cursor) => (cursor ? `&cursor=${encodeURIComponent(cursor)}` : "");
const [images, notifications] = ["/api/images", "/api/notifications"];
export const generate = (body, key) => call("POST", `${images}/generate`, body, { "Idempotency-Key": key });
export const status = (id) => call("GET", `${images}/${id}/status`);
export const result = (id) => call("GET", `${images}/${id}/result`);
export const cancel = (id) => call("POST", `${images}/${id}/cancel`);
export const discard = (id) => call("DELETE", `${images}/${id}`);
export const latest = () => call("GET", `${images}/user?limit=50&status=ALL`);
export const list = (cursor) => call("GET", `${images}/user?limit=12${from(cursor)}`);
export const feed = (cursor) => call("GET", `${notifications}?limit=20${from(cursor)}`);
export const mark = (notificationId) => call("PUT", notifications, { notificationId, isRead: true });
export const markAll = (before) => call("POST", `${notifications}/read-all`, { before });
export const ticket = () => call("POST", `${notifications}/ticket`);

export async function upload(file) {
	const place = await call("POST", `${images}/uploads`, { content_type: file.type, size_bytes: file.size });
	const body = new FormData();
	for (const [name, value] of Object.entries({ ...place.fields, file })) body.append(name, value); // file last, for S3
	const answer = await fetch(place.url, { method: "POST", body, signal: AbortSignal.timeout(10 * ANSWER_MS) }).catch(() => null);
	if (!answer?.ok) throw new Problem("unreachable");
	return place.input_image_url;
}
