// The client against a running stack: SORAMI_API_URL and SORAMI_TOKEN (make run; make token).
import assert from "node:assert/strict";
import { test } from "node:test";

import { JobFailed, SoramiClient, SoramiError } from "sorami-images-client";

const { SORAMI_API_URL: baseUrl = "", SORAMI_TOKEN: token = "" } = process.env;
const skip = baseUrl && token ? false : "SORAMI_API_URL and SORAMI_TOKEN are not set";
const client = new SoramiClient({ baseUrl, token: () => token });
const options = { skip, timeout: 60_000 };

test("from a prompt to pictures, and word of it", options, async () => {
  const { job_id } = await client.generate({ prompt: "un chat astronaute", num_images: 2, size: "512x512", format: "WEBP" });
  const seen = [];
  const result = await client.waitForResult(job_id, { onStatus: (status) => seen.push(status) });
  assert.equal(seen.at(-1).status, "COMPLETED");
  assert.deepEqual(seen.map((one) => one.progress), seen.map((one) => one.progress).toSorted((a, b) => a - b));
  assert.equal(result.images.length, 2);
  const picture = await fetch(result.images[0].url);
  assert.equal(picture.headers.get("Content-Type"), "image/webp");

  const cards = [];
  for await (const card of client.gallery({ limit: 1 })) cards.push(card);
  assert.ok(cards.some((card) => card.id === job_id && card.images.length === 2));

  const told = await until(async () => {
    for await (const one of client.notifications.all()) if (one.metadata.generationId === job_id) return one;
    return undefined;
  });
  assert.equal(told.type, "IMAGE_COMPLETED");
  await client.notifications.mark(told.id);
  assert.equal((await client.notifications.page()).notifications.find((one) => one.id === told.id)?.isRead, true);

  await client.delete(job_id);
  await assert.rejects(client.result(job_id), { status: 404, code: "job_not_found" });
});

test("connected, a job is followed without polling, and its notification comes by itself", options, async () => {
  const asked = [];
  const watcher = new SoramiClient({ baseUrl, token: () => token, fetch: (request) => (asked.push(new URL(request.url).pathname), fetch(request)) });
  const live = watcher.live();
  const told = [];
  live.listen((event) => event.type === "notification" && told.push(event.notification.metadata.generationId));
  await until(async () => live.isOpen || undefined);
  const { job_id } = await watcher.generate({ prompt: "un chat", size: "512x512" });
  const seen = [];
  await watcher.waitForResult(job_id, { live, onStatus: (status) => seen.push(status) });
  assert.equal(seen.at(-1).status, "COMPLETED");
  assert.deepEqual(seen.map((one) => one.progress), seen.map((one) => one.progress).toSorted((a, b) => a - b));
  assert.equal(asked.filter((path) => path.endsWith(`${job_id}/status`)).length, 1);
  await until(async () => told.includes(job_id) || undefined);
  live.close();
});

test("the same key is the same job, and a cancelled one stays so", options, async () => {
  const order = { prompt: "!silent un chat" };
  const [first, second] = await Promise.all([1, 2].map(() => client.generate(order, { idempotencyKey: "order-1" })));
  assert.equal(first.job_id, second.job_id);
  await assert.rejects(client.generate({ prompt: "un chien" }, { idempotencyKey: "order-1" }), { code: "idempotency_key_reused" });
  assert.equal((await client.cancel(first.job_id)).status, "CANCELLED");
  assert.equal((await client.cancel(first.job_id)).status, "CANCELLED");
  const error = await client.waitForResult(first.job_id).catch((caught) => caught);
  assert.ok(error instanceof JobFailed);
});

test("a picture of one's own is where another begins", options, async () => {
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const input_image_url = await client.upload(new Blob([Buffer.from(pixel, "base64")], { type: "image/png" }));
  const { job_id } = await client.generate({ prompt: "un chat", size: "512x512", input_image_url });
  assert.equal((await client.waitForResult(job_id)).images.length, 1);
});

test("a job that fails says why", options, async () => {
  const { job_id } = await client.generate({ prompt: "!fail moderated" });
  const error = await client.waitForResult(job_id).catch((caught) => caught);
  assert.ok(error instanceof JobFailed);
  assert.equal(error.job.error_code, "content_moderated");
});

test("what is refused is a SoramiError with a code", options, async () => {
  await assert.rejects(client.generate({ prompt: "" }), (error) => error instanceof SoramiError && error.code === "invalid_request");
  await assert.rejects(client.result("no-such-job"), { status: 404, code: "job_not_found" });
  const stranger = new SoramiClient({ baseUrl, token: () => "nonsense" });
  await assert.rejects(stranger.status("no-such-job"), { status: 401, code: "http_401" });
});

async function until(question) {
  for (let tries = 0; tries < 60; tries += 1) {
    const found = await question();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("it did not happen within 30 s");
}
