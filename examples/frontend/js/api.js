// Calls of the API: the user's token, patience with the network, and every refusal as a Problem.
import { config } from "./config.js";
import { token } from "./session.js";
import { knows, lang, t } from "./dom.js";

const [TRIES, LONGEST_PAUSE_MS, ANSWER_MS] = [3, 10_000, 40_000]; // in all; the gateway itself gives up after 30 s
const BY_STATUS = { 401: "unauthorized", 429: "throttled" }; // the gateway's own answers have no code
const PASSING = ["unreachable", "unauthorized", "throttled", "unavailable"];
export const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

export class Problem extends Error {
  constructor(code, { message = code, errors = [] } = {}, retryAfter = 0) {
    super(message);
    const shown = lang() === config.locale ? errors : errors.map((error) => ({ ...error, detail: t("form.refused") })); // in their language
    Object.assign(this, { code, errors: shown, pause: (retryAfter || 0) * 1000 });
  }

  /** What to do about it, in the user's language; else what the service says. */
  get text() {
    return knows(`error.${this.code}`) ? t(`error.${this.code}`) : this.message;
  }
}

/** The answer's content, or a Problem is thrown. Every call here is safe to repeat: a create carries its Idempotency-Key. */
export async function call(method, path, body, headers = {}) {
  for (let attempt = 1, code; ; attempt++) {
    try {
      return await once(method, path, body, headers, code === "unauthorized" || code === "unreachable");
    } catch (problem) {
      if (!PASSING.includes(problem.code) || attempt === TRIES || problem.pause > LONGEST_PAUSE_MS) throw problem;
      code = problem.code;
      await sleep(Math.max(problem.pause, 400 * 2 ** attempt * (0.5 + Math.random() / 2)));
    }
  }
}

async function once(method, path, body, headers, isRefused) {
  let answer;
  try {
    const sent = { "Content-Type": "application/json", Authorization: `Bearer ${await token(isRefused)}`, ...headers };
    answer = await fetch(config.api_url + path, { method, headers: sent, body: body && JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS) });
  } catch { // also a 401 without CORS headers, for which a fresh token is the cure
    throw new Problem(navigator.onLine ? "unreachable" : "offline");
  }
  const content = await answer.json().catch(() => null);
  if (answer.ok && (content || answer.status === 204)) return content;
  const isBusy = answer.ok || (answer.status >= 500 && (answer.status === 503 || !content?.code)); // a 200 of a hotel's network is HTML
  const code = isBusy ? "unavailable" : answer.status === 500 ? "unexpected" : (content?.code ?? BY_STATUS[answer.status] ?? "unexpected");
  throw new Problem(code, content ?? {}, Number(answer.headers.get("Retry-After")));
}

export const generate = (body, key) => call("POST", "/api/images/generate", body, { "Idempotency-Key": key });
export const status = (id) => call("GET", `/api/images/${id}/status`);
export const result = (id) => call("GET", `/api/images/${id}/result`);
export const cancel = (id) => call("POST", `/api/images/${id}/cancel`);
export const discard = (id) => call("DELETE", `/api/images/${id}`);
export const list = (values) => call("GET", `/api/images/user?${new URLSearchParams(values)}`);
export const feed = (values) => call("GET", `/api/notifications?${new URLSearchParams(values)}`);
export const mark = (notificationId) => call("PUT", "/api/notifications", { notificationId, isRead: true });
export const markAll = (before) => call("POST", "/api/notifications/read-all", { before });
export const ticket = () => call("POST", "/api/notifications/ticket");

/** Puts a file where the backend can read it; what it gives is an `input_image_url`. */
export async function upload(file) {
  const place = await call("POST", "/api/images/uploads", { content_type: file.type, size_bytes: file.size });
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...place.fields, file })) form.append(name, value); // file last, for S3
  const answer = await fetch(place.url, { method: "POST", body: form, signal: AbortSignal.timeout(10 * ANSWER_MS) }).catch(() => null);
  if (!answer?.ok) throw new Problem("unreachable");
  return place.input_image_url;
}
