// The client against a server of a few lines: what it sends, when it tries again, how it waits.
import assert from "node:assert/strict";
import { test } from "node:test";

import { JobFailed, SoramiClient, SoramiError } from "sorami-images-client";

const PROBLEM = { title: "T", detail: "D", message: "Pour les gens.", error: "T", request_id: "r", type: "urn:sorami:problem:x" };
const ACCEPTED = { job_id: "j", status: "PENDING", message: "…", created_at: "2026-01-02T03:04:05.678Z" };

/** A client whose requests get these answers one after the other, and what was sent and waited for. */
function talk(answers, options = {}) {
  const requests = [];
  const pauses = [];
  const client = new SoramiClient({
    baseUrl: "https://api.example.org/",
    token: () => `token-${requests.length + 1}`,
    fetch: async (request) => {
      requests.push(request);
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return new Response(next.body === undefined ? null : (next.text ?? JSON.stringify(next.body)), { status: next.status, headers: next.headers });
    },
    pause: async (ms, signal) => {
      signal?.throwIfAborted();
      pauses.push(ms);
    },
    ...options,
  });
  return { client, requests, pauses };
}

const answer = (body, status = 200, headers = {}) => ({ body, status, headers });
const problem = (status, code, headers = {}) => answer({ ...PROBLEM, status, code }, status, headers);
const job = (status, progress, more = {}) => ({ job_id: "j", status, progress, message: status, created_at: "c", updated_at: `${status}${progress}`, ...more });

test("every request asks for a token of its own", async () => {
  const { client, requests } = talk([answer(ACCEPTED, 202), answer(job("PENDING", 0))]);
  await client.generate({ prompt: "un chat" });
  await client.status("j");
  assert.deepEqual(requests.map((request) => request.headers.get("Authorization")), ["Bearer token-1", "Bearer token-2"]);
  assert.deepEqual(requests.map((request) => request.url), [
    "https://api.example.org/api/images/generate",
    "https://api.example.org/api/images/j/status",
  ]);
});

test("all tries of one generate carry one idempotency key, and two generates carry two", async () => {
  const { client, requests, pauses } = talk([new TypeError("fetch failed"), problem(503, "store_unavailable", { "Retry-After": "7" }), answer(ACCEPTED, 202), answer(ACCEPTED, 202)]);
  assert.equal((await client.generate({ prompt: "un chat" })).job_id, "j");
  await client.generate({ prompt: "un chat" });
  const keys = requests.map((request) => request.headers.get("Idempotency-Key"));
  assert.deepEqual(keys.slice(0, 3), [keys[0], keys[0], keys[0]]);
  assert.notEqual(keys[3], keys[0]);
  assert.ok(pauses[1] >= 7000, "as long as the service asks");
  assert.deepEqual(await requests[2].json(), { prompt: "un chat" });
});

test("a key of one's own is sent as it is", async () => {
  const { client, requests } = talk([answer(ACCEPTED, 202)]);
  await client.generate({ prompt: "un chat" }, { idempotencyKey: "order-1" });
  assert.equal(requests[0].headers.get("Idempotency-Key"), "order-1");
});

for (const [name, refusal] of Object.entries({
  "a bad request": problem(400, "invalid_request"),
  "the backend's refusal": problem(502, "backend_rejected"),
  "too many jobs of one's own": problem(429, "too_many_open_jobs", { "Retry-After": "30" }),
  "the gateway's 401": answer({ message: "Unauthorized" }, 401),
})) {
  test(`${name} is not tried again`, async () => {
    const { client, requests } = talk([refusal]);
    const error = await client.generate({ prompt: "un chat" }).catch((caught) => caught);
    assert.ok(error instanceof SoramiError);
    assert.equal(error.status, refusal.status);
    assert.equal(error.code, refusal.body.code ?? "http_401");
    assert.equal(error.message, refusal.body.code ? "Pour les gens." : "The API answered 401.");
    assert.equal(requests.length, 1);
  });
}

test("it gives up after as many tries as it was told", async () => {
  const { client, requests } = talk(Array.from({ length: 9 }, () => answer({ message: "Too Many Requests" }, 429)), { tries: 3 });
  await assert.rejects(client.status("j"), { code: "http_429" });
  assert.equal(requests.length, 3);
});

test("watching tells each change once, and waits longer while nothing changes, but never less than is asked", async () => {
  const { client, pauses } = talk([
    answer(job("PENDING", 0)),
    answer(job("PENDING", 0)),
    answer(job("PENDING", 0)),
    answer(job("GENERATING", 60), 200, { "Retry-After": "2" }),
    answer(job("COMPLETED", 100)),
  ]);
  const seen = [];
  for await (const status of client.watch("j")) seen.push(`${status.status} ${status.progress}`);
  assert.deepEqual(seen, ["PENDING 0", "GENERATING 60", "COMPLETED 100"]);
  assert.deepEqual(pauses, [1000, 1500, 2250, 2000]);
});

test("watching asks only for what has changed", async () => {
  const { client, requests } = talk([
    answer(job("PENDING", 0), 200, { ETag: '"1"' }),
    answer(undefined, 304, { ETag: '"1"', "Retry-After": "2" }),
    answer(undefined, 304, { ETag: '"1"', "Retry-After": "2" }),
    answer(job("COMPLETED", 100), 200, { ETag: '"2"' }),
  ]);
  const seen = [];
  for await (const status of client.watch("j")) seen.push(status.status);
  assert.deepEqual(seen, ["PENDING", "COMPLETED"]);
  assert.deepEqual(requests.map((request) => request.headers.get("If-None-Match")), [null, '"1"', '"1"', '"1"']);
});

test("an upload is a form whose last field is the file, and needs no token", async () => {
  const ticket = { url: "https://bucket.example.org/", fields: { key: "uploads/x.png", policy: "p" }, input_image_url: "upload://x", expires_at: "…" };
  const { client, requests } = talk([answer(ticket, 201), answer({}, 503), answer(undefined, 204)]);
  const file = new Blob(["12345"], { type: "image/png" });
  assert.equal(await client.upload(file), "upload://x");
  assert.deepEqual(await requests[0].json(), { content_type: "image/png", size_bytes: 5 });
  assert.equal(requests[2].url, "https://bucket.example.org/");
  assert.equal(requests[2].headers.get("Authorization"), null);
  const form = await requests[2].formData();
  assert.deepEqual([...form.keys()], ["key", "policy", "file"]);
  assert.equal(await form.get("file").text(), "12345");
});

test("cancel gives the job as it stands, delete nothing", async () => {
  const { client, requests } = talk([answer(job("CANCELLED", 10)), answer(undefined, 204)]);
  assert.equal((await client.cancel("j")).status, "CANCELLED");
  assert.equal(await client.delete("j"), undefined);
  assert.deepEqual(requests.map((request) => `${request.method} ${new URL(request.url).pathname}`), ["POST /api/images/j/cancel", "DELETE /api/images/j"]);
});

test("a delete whose first answer was lost is done, and one of a job that never was is not", async () => {
  const { client, requests } = talk([new TypeError("fetch failed"), problem(404, "job_not_found"), problem(404, "job_not_found"), problem(503, "files_unavailable"), problem(409, "job_still_open")]);
  assert.equal(await client.delete("j"), undefined);
  assert.equal(requests.length, 2);
  await assert.rejects(client.delete("j"), { code: "job_not_found" });
  await assert.rejects(client.delete("j"), { code: "job_still_open" });
});

for (const [name, text] of Object.entries({ "a portal's page": "<html>", "half an answer": '{"job_id":', "nothing": "", "null": "null" })) {
  test(`${name} instead of an answer is a SoramiError`, async () => {
    const lie = { body: "", text, status: 200, headers: {} };
    for (const ask of [(client) => client.status("j"), (client) => client.result("j"), (client) => client.watch("j").next(), (client) => client.gallery().next(), (client) => client.notifications.all().next()]) {
      const { client, requests } = talk([lie]);
      await assert.rejects(ask(client), { name: "SoramiError", code: "http_200", message: "What answered is not the API." });
      assert.equal(requests.length, 1);
    }
  });
}

test("a 204 where there should be an answer is a SoramiError", async () => {
  const { client } = talk([answer(undefined, 204)]);
  await assert.rejects(client.status("j"), { name: "SoramiError", code: "http_204" });
});

test("a route that answers in another form can be asked all the same", async () => {
  const { client } = talk([{ body: "", text: "<html>", status: 200, headers: {} }]);
  assert.equal((await client.api.GET("/docs", { parseAs: "text" })).data, "<html>");
});

test("a list without a next cursor has ended", async () => {
  const { client, requests } = talk([answer({ generations: [{ id: "1" }] }), answer({ notifications: [{ id: "a" }], next_cursor: "" })]);
  const ids = [];
  for await (const card of client.gallery()) ids.push(card.id);
  for await (const one of client.notifications.all()) ids.push(one.id);
  assert.deepEqual(ids, ["1", "a"]);
  assert.equal(requests.length, 2);
});

test("watching ends at once when it is aborted", async () => {
  const stop = new AbortController();
  const { client, requests } = talk([answer(job("PENDING", 0)), answer(job("PENDING", 0))]);
  await assert.rejects(async () => {
    for await (const _ of client.watch("j", { signal: stop.signal })) stop.abort();
  }, { name: "AbortError" });
  assert.equal(requests.length, 1);
});

test("a wait that nobody replaced can be aborted too", async () => {
  const stop = new AbortController();
  const { client } = talk([answer(job("PENDING", 0))], { pause: undefined });
  const over = client.waitForResult("j", { signal: stop.signal, onStatus: () => setTimeout(() => stop.abort(), 10) });
  await assert.rejects(over, { name: "AbortError" });
});

test("a job that fails ends the wait with what people are told", async () => {
  const { client } = talk([answer(job("FAILED", 60, { message: "Refusé", error: "Refusé", error_code: "content_moderated" }))]);
  const error = await client.waitForResult("j").catch((caught) => caught);
  assert.ok(error instanceof JobFailed);
  assert.equal(error.message, "Refusé");
  assert.equal(error.job.error_code, "content_moderated");
});

test("the gallery fetches a page only when it is asked for more", async () => {
  const page = (ids, next_cursor) => answer({ generations: ids.map((id) => ({ id })), page: 1, limit: 2, next_cursor });
  const { client, requests } = talk([page(["1", "2"], "next"), page([], "last"), page(["3"], null)]);
  const cards = client.gallery({ status: "ALL", limit: 2 });
  assert.equal((await cards.next()).value.id, "1");
  assert.equal(requests.length, 1);
  const rest = [];
  for await (const card of cards) rest.push(card.id);
  assert.deepEqual(rest, ["2", "3"]);
  assert.deepEqual(requests.map((request) => new URL(request.url).searchParams.get("cursor")), [null, "next", "last"]);
  assert.ok(requests.every((request) => new URL(request.url).searchParams.get("status") === "ALL"));
});

test("notifications are listed through all pages, and marked", async () => {
  const page = (ids, next_cursor) => answer({ notifications: ids.map((id) => ({ id })), unreadCount: 2, next_cursor });
  const { client, requests } = talk([page(["a"], "next"), page(["b"], null), answer({ success: true }), answer({ success: true, marked: 2 })]);
  const ids = [];
  for await (const one of client.notifications.all()) ids.push(one.id);
  assert.deepEqual(ids, ["a", "b"]);
  await client.notifications.mark("a");
  assert.deepEqual(await requests[2].json(), { notificationId: "a", isRead: true });
  assert.equal((await client.notifications.markAll("2026-01-02T03:04:05.678Z")).marked, 2);
  assert.deepEqual(await requests[3].json(), { before: "2026-01-02T03:04:05.678Z" });
});
