// Live updates with a WebSocket of a few lines: what is heard, in which order, and what happens when it breaks.
import assert from "node:assert/strict";
import { test } from "node:test";

import { SoramiClient } from "sorami-images-client";

const job = (version, status, progress) => ({ job_id: "j", status, progress, message: status, created_at: "c", updated_at: `t${version}`, version });
const updated = (...known) => ({ type: "job.updated", ...job(...known) });
const synced = (...jobs) => ({ type: "sync", jobs, complete: true, unreadCount: 0 });

/** A page with its client: `sockets` are those it has opened, `asked` its requests, `stands` what the status route answers. */
function page({ hangs = false, patient = false } = {}) {
  const state = { sockets: [], asked: [], pauses: [], stands: job(1, "PENDING", 0), tickets: 0, refused: false, gone: false };
  class FakeSocket {
    sent = [];
    isClosed = false;
    constructor(url) {
      this.url = url;
      state.sockets.push(this);
      queueMicrotask(() => this.onopen?.());
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
    close() {
      this.isClosed = true;
    }
    say(message) {
      this.onmessage?.({ data: JSON.stringify(message) });
    }
  }
  const client = new SoramiClient({
    baseUrl: "https://api.example.org",
    token: () => "t",
    pause: (ms, signal) => {
      state.pauses.push(ms);
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (patient) return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      return new Promise((resolve) => setTimeout(resolve, 1));
    },
    fetch: async (request) => {
      const path = new URL(request.url).pathname;
      state.asked.push(path);
      if (path.endsWith("/ticket")) {
        if (hangs) return new Promise(() => {});
        if (state.refused) return new Response(JSON.stringify({ message: "…" }), { status: 503 });
        return new Response(JSON.stringify({ url: `wss://live.example.org?ticket=${++state.tickets}`, expires_at: "e" }), { status: 201 });
      }
      if (state.gone) return new Response(JSON.stringify({ message: "…" }), { status: 404 });
      const { version: _, ...status } = state.stands;
      return new Response(JSON.stringify(status), { status: 200 });
    },
  });
  const live = client.live({ WebSocket: FakeSocket });
  return { state, client, live };
}

async function until(condition) {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`never: ${condition}`);
}

/** Watches the job to its end, and what was seen of it. */
function watching({ client, live }) {
  const seen = [];
  const end = (async () => {
    for await (const status of client.watch("j", { live })) seen.push(`${status.status} ${status.progress}`);
  })();
  return { seen, end };
}

const looks = (state) => state.asked.filter((path) => path.endsWith("/status")).length;

test("while it is connected every change is heard and nobody polls", async () => {
  const { state, client, live } = page();
  await until(() => state.sockets[0]?.sent.length);
  state.sockets[0].say(synced());
  assert.equal(live.isOpen, true);
  const { seen, end } = watching({ client, live });
  await until(() => seen.length === 1);
  assert.deepEqual(state.sockets[0].sent.at(-1), { type: "sync", job_ids: ["j"] });
  for (const known of [[2, "INITIALIZING", 10], [3, "GENERATING", 60], [3, "GENERATING", 60], [2, "INITIALIZING", 10], [4, "COMPLETED", 100]]) {
    state.sockets[0].say(updated(...known));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await end;
  assert.deepEqual(seen, ["PENDING 0", "INITIALIZING 10", "GENERATING 60", "COMPLETED 100"]);
  assert.equal(looks(state), 1);
  live.close();
  assert.equal(state.sockets[0].isClosed, true);
});

test("what was looked up later is not undone by what is heard late", async () => {
  const { state, client, live } = page();
  state.stands = job(5, "SAVING", 90);
  await until(() => state.sockets[0]?.sent.length);
  state.sockets[0].say(synced(job(4, "GENERATING", 60)));
  const { seen, end } = watching({ client, live });
  await until(() => seen.length === 1);
  state.sockets[0].say(updated(6, "COMPLETED", 100));
  await end;
  assert.deepEqual(seen, ["SAVING 90", "COMPLETED 100"]);
  live.close();
});

test("a clock that runs behind costs no state: the end is heard though its time is an earlier one", { timeout: 60_000 }, async () => {
  const { state, client, live } = page();
  state.stands = job(5, "SAVING", 90);
  await until(() => state.sockets[0]?.sent.length);
  state.sockets[0].say(synced());
  const { seen, end } = watching({ client, live });
  await until(() => seen.length === 1);
  state.sockets[0].say({ ...updated(6, "COMPLETED", 100), updated_at: "t4" });
  await end;
  assert.deepEqual(seen, ["SAVING 90", "COMPLETED 100"]);
  live.close();
});

test("a job that sync leaves out is looked up, so nobody waits for one that was deleted", { timeout: 60_000 }, async () => {
  const { state, client, live } = page();
  await until(() => state.sockets[0]?.sent.length);
  state.sockets[0].say(synced(job(1, "PENDING", 0)));
  const { seen, end } = watching({ client, live });
  await until(() => seen.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  state.gone = true;
  state.sockets[0].say(synced());
  await assert.rejects(end, { code: "http_404" });
  live.close();
});

test("a listener that throws ends neither the connection nor what others hear", async () => {
  const { state, live } = page();
  const reported = [];
  const report = (error) => reported.push(error.message);
  const before = process.rawListeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", report);
  try {
    const heard = [];
    live.listen(() => {
      throw new Error("a page's own mistake");
    });
    live.listen((event) => heard.push(event.type));
    await until(() => state.sockets[0]?.sent.length);
    state.sockets[0].say(synced());
    state.sockets[0].onclose();
    await until(() => state.sockets[1]?.sent.length);
    assert.deepEqual(heard, ["unread", "connection", "connection"]);
    assert.deepEqual([...new Set(reported)], ["a page's own mistake"]);
  } finally {
    live.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("uncaughtException", report);
    for (const one of before) process.on("uncaughtException", one);
  }
});

test("a server that lets in and closes at once is met with longer and longer pauses", async () => {
  const { state, live } = page();
  for (let turn = 0; turn < 6; turn += 1) {
    await until(() => state.sockets[turn]?.sent.length);
    state.sockets[turn].say(synced());
    state.sockets[turn].onclose();
  }
  await until(() => state.pauses.length === 6);
  assert.ok(state.pauses[5] >= 15_000, String(state.pauses));
  live.close();
});

test("a ticket that never comes is given up, and asked for anew", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { state, live } = page({ hangs: true });
  const turns = async () => {
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  await turns();
  assert.equal(state.asked.length, 1);
  t.mock.timers.tick(30_000);
  await turns();
  t.mock.timers.tick(1);
  await turns();
  assert.equal(state.asked.length, 2);
  live.close();
});

test("syncs that follow do not put off the time at which silence is a lost connection", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const { state, live } = page();
  for (let turn = 0; turn < 50 && !state.sockets[0]?.sent.length; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(6_000);
  live.follow("j");
  t.mock.timers.tick(4_000);
  assert.equal(state.sockets[0].isClosed, true);
  live.close();
});

test("a lost connection comes back with a fresh ticket and tells the end that was missed", async () => {
  const { state, client, live } = page();
  await until(() => state.sockets[0]?.sent.length);
  state.sockets[0].say(synced(job(1, "PENDING", 0)));
  const { seen, end } = watching({ client, live });
  await until(() => seen.length === 1);
  state.sockets[0].onclose();
  assert.equal(live.isOpen, false);
  await until(() => state.sockets[1]?.sent.length);
  assert.equal(state.sockets[1].url, "wss://live.example.org?ticket=2");
  assert.deepEqual(state.sockets[1].sent[0], { type: "sync", job_ids: ["j"] });
  state.sockets[1].say(synced(job(7, "FAILED", 60)));
  await end;
  assert.deepEqual(seen, ["PENDING 0", "FAILED 60"]);
  live.close();
});

test("a connection that nobody knows any more is opened anew", async () => {
  const { state, live } = page();
  await until(() => state.sockets[0]?.sent.length);
  state.sockets[0].say({ type: "error", code: "unknown_connection", message: "…" });
  await until(() => state.sockets[1]?.sent.length);
  assert.equal(state.sockets[0].isClosed, true);
  live.close();
});

for (const [name, away] of Object.entries({
  "told that a newer page has taken its place": async (state) => {
    await until(() => state.sockets[0]?.sent.length);
    state.sockets[0].say(synced());
    state.sockets[0].say({ type: "closing", reason: "too_many_connections" });
  },
  "without tickets": async (state) => {
    state.refused = true;
  },
})) {
  test(`${name}, it polls`, async () => {
    const { state, client, live } = page();
    await away(state);
    const { seen, end } = watching({ client, live });
    await until(() => looks(state) === 1);
    state.stands = job(2, "COMPLETED", 100);
    await end;
    assert.deepEqual(seen, ["PENDING 0", "COMPLETED 100"]);
    assert.ok(looks(state) >= 2);
    assert.ok(state.sockets.length <= 1);
    live.close();
  });
}

test("a notification is told once, and what is no message of ours is passed over", async () => {
  const { state, live } = page();
  const events = [];
  const ignore = live.listen((event) => events.push(event));
  await until(() => state.sockets[0]?.sent.length);
  const told = { type: "notification.created", notification: { id: "n" }, unreadCount: 1 };
  state.sockets[0].say(synced());
  for (const message of [told, told, { type: "new in a later version" }, "text", null, 7]) state.sockets[0].say(message);
  state.sockets[0].onmessage({ data: "not JSON" });
  ignore();
  state.sockets[0].say(updated(9, "COMPLETED", 100));
  assert.deepEqual(events, [
    { type: "unread", unreadCount: 0 },
    { type: "connection", isOpen: true, isOver: false },
    { type: "notification", notification: { id: "n" }, unreadCount: 1 },
  ]);
  live.close();
});

test("it syncs once a minute, and takes silence for a lost connection", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const { state, live } = page();
  for (let turn = 0; turn < 50 && !state.sockets[0]?.sent.length; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const [socket] = state.sockets;
  socket.say(synced());
  t.mock.timers.tick(60_000);
  assert.equal(socket.sent.length, 2);
  socket.say(synced());
  t.mock.timers.tick(60_000);
  t.mock.timers.tick(10_000);
  assert.equal(socket.isClosed, true);
  live.close();
});

test("whoever aborts stops watching, and a closed connection opens no other", async () => {
  const { state, client, live } = page();
  await until(() => state.sockets[0]?.sent.length);
  state.sockets[0].say(synced());
  const stop = new AbortController();
  const watched = client.waitForResult("j", { live, signal: stop.signal });
  await until(() => looks(state) === 1);
  stop.abort(new Error("the page has gone on"));
  await assert.rejects(watched, { message: "the page has gone on" });
  live.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(state.sockets.length, 1);
});

test("without a WebSocket that is said", () => {
  const client = new SoramiClient({ baseUrl: "https://api.example.org", token: () => "t" });
  const own = globalThis.WebSocket;
  globalThis.WebSocket = undefined;
  try {
    assert.throws(() => client.live(), /no WebSocket/);
  } finally {
    globalThis.WebSocket = own;
  }
});

test("a browser that is back online connects at once, and leaves no listener behind", async (t) => {
  const window = new EventTarget();
  globalThis.addEventListener = window.addEventListener.bind(window);
  t.after(() => delete globalThis.addEventListener);
  const { state, live } = page({ patient: true });
  await until(() => state.sockets[0]?.sent.length);
  state.sockets[0].onclose();
  await until(() => state.pauses.length === 1);
  assert.equal(state.tickets, 1);
  window.dispatchEvent(new Event("online"));
  await until(() => state.sockets[1]?.sent.length);
  window.dispatchEvent(new Event("online"));
  assert.equal(state.pauses.length, 1);
  live.close();
});
