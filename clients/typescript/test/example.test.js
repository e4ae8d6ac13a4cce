// examples/live/live.js, the client in plain JavaScript, with a WebSocket of a few lines.
import assert from "node:assert/strict";
import { test } from "node:test";

import { follow } from "../../../examples/live/live.js";

const turns = async () => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** `follow` of a page with sockets that open when they are told to. */
function following(t, getToken = async () => "t") {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const state = { sockets: [], polls: 0 };
  class FakeSocket {
    static OPEN = 1;
    readyState = 1;
    sent = [];
    constructor() {
      state.sockets.push(this);
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
    close() {
      this.isClosed = true;
    }
  }
  const own = [globalThis.WebSocket, globalThis.fetch];
  globalThis.WebSocket = FakeSocket;
  globalThis.fetch = async () => new Response(JSON.stringify({ url: "wss://live.example.org?ticket=1" }), { status: 201 });
  t.after(() => ([globalThis.WebSocket, globalThis.fetch] = own));
  void follow("https://api.example.org", getToken, () => {}, async () => void (state.polls += 1));
  return state;
}

test("a ping that nobody answers ends the connection, and it polls", async (t) => {
  const state = following(t);
  await turns();
  const [socket] = state.sockets;
  socket.onopen();
  socket.onmessage({ data: JSON.stringify({ type: "sync", jobs: [], complete: true, unreadCount: 0 }) });
  t.mock.timers.tick(60_000);
  assert.deepEqual(socket.sent.at(-1), { type: "ping" });
  t.mock.timers.tick(10_000);
  await turns();
  assert.deepEqual([socket.isClosed, state.polls], [true, 1]);
});

test("a token that cannot be had just now ends nothing", async (t) => {
  let asked = 0;
  const state = following(t, async () => {
    asked += 1;
    if (asked === 1) throw new Error("offline");
    return "t";
  });
  await turns();
  assert.deepEqual([state.sockets.length, state.polls], [0, 1]);
  t.mock.timers.tick(1000);
  await turns();
  assert.equal(state.sockets.length, 1);
});
