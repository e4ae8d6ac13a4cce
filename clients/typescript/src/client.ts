import createFetchClient, { type Client } from "openapi-fetch";

import { JobFailed, mustBeAnAnswer, SoramiError } from "./errors.js";
import type { Accepted, Gallery, GenerateRequest, Generation, paths, Result, Status, UploadRequest, UploadTicket } from "./openapi.js";
import { Notifications } from "./notifications.js";
import { pause, type Pause, withRetries } from "./patience.js";
import { LiveConnection, type LiveOptions } from "./live.js";
import { hearing, type Look, waiting, watchJob } from "./watch.js";

export interface Options {
  /** The stack's `ApiUrl`. */
  baseUrl: string;
  /** The user's JWT. Asked for before every request, so that a fresh one can be given: with Clerk `() => getToken({ template })`. */
  token: () => string | Promise<string | null> | null;
  fetch?: (request: Request) => Promise<Response>;
  /** How often a request is tried in all when it meets a broken connection, the gateway's throttle or a 5xx. */
  tries?: number;
  /** How to wait; something that is told of changes may end a wait between two looks at a job early. */
  pause?: Pause;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface WatchOptions extends CallOptions {
  /** A connection of this client: while it is open, changes are heard at once and nobody polls. */
  live?: LiveConnection;
}

export interface GenerateOptions extends CallOptions {
  /** One key for each intention of the user: the same key never starts a second job. A fresh one by default. */
  idempotencyKey?: string;
}

export interface ListOptions extends CallOptions {
  /** COMPLETED by default; `ALL` for every job. */
  status?: NonNullable<NonNullable<paths["/api/images/user"]["get"]["parameters"]["query"]>["status"]>;
  /** Entries fetched at once. */
  limit?: number;
}

/** Everything that a user can do. Every method throws `SoramiError` for an answer that is no success. */
export class SoramiClient {
  /** The routes themselves, typed, for what has no method here. */
  readonly api: Client<paths>;
  readonly notifications: Notifications;
  readonly #fetch: (request: Request) => Promise<Response>;
  readonly #tries: number;
  readonly #pause: Pause;

  constructor(options: Options) {
    this.#fetch = options.fetch ?? ((request) => fetch(request));
    this.#tries = options.tries ?? 4;
    this.#pause = options.pause ?? pause;
    this.api = createFetchClient<paths>({ baseUrl: options.baseUrl.replace(/\/+$/, ""), fetch: this.#fetch });
    this.api.use({
      async onRequest({ request }) {
        const token = await options.token();
        if (token) request.headers.set("Authorization", `Bearer ${token}`);
        return request;
      },
      onResponse: ({ response, options }) => (options.parseAs === "json" ? mustBeAnAnswer(response) : undefined),
    });
    this.notifications = new Notifications(this.api, (call, signal) => this.#patiently(call, signal));
  }

  /** Starts a job. Safe to repeat: all tries of one call carry one idempotency key. */
  async generate(body: GenerateRequest, { idempotencyKey = crypto.randomUUID(), signal }: GenerateOptions = {}): Promise<Accepted> {
    const headers = { "Idempotency-Key": idempotencyKey };
    return this.#patiently(() => this.api.POST("/api/images/generate", { body, headers, ...withSignal(signal) }), signal);
  }

  /** Where the job stands. */
  async status(jobId: string, { signal }: CallOptions = {}): Promise<Status> {
    return this.#patiently(() => this.api.GET("/api/images/{id}/status", { ...at(jobId), ...withSignal(signal) }), signal);
  }

  /** The job's status whenever it has changed, until it has ended: `for await (const status of client.watch(id)) …` */
  async *watch(jobId: string, { signal, live }: WatchOptions = {}): AsyncGenerator<Status, void, undefined> {
    const unfollow = live?.follow(jobId);
    try {
      const next = live ? hearing(live, jobId, signal) : waiting(this.#pause, signal);
      yield* watchJob((last) => this.#look(jobId, last, signal), next);
    } finally {
      unfollow?.();
    }
  }

  /** A connection that hears of every change; one for a page is enough. Close it when the page goes. */
  live(options: LiveOptions = {}): LiveConnection {
    const ticket = async (signal: AbortSignal) => {
      const { data, error, response } = await this.api.POST("/api/notifications/ticket", { signal });
      if (data === undefined) throw new SoramiError(response, error);
      return data;
    };
    return new LiveConnection(ticket, this.#pause, options);
  }

  /** The result of a completed job. Its URLs hold for an hour. */
  async result(jobId: string, { signal }: CallOptions = {}): Promise<Result> {
    return this.#patiently(() => this.api.GET("/api/images/{id}/result", { ...at(jobId), ...withSignal(signal) }), signal);
  }

  /** Waits for the job's end and gives its result. Throws `JobFailed` if it has none. */
  async waitForResult(jobId: string, { onStatus, ...options }: WatchOptions & { onStatus?: (status: Status) => void } = {}): Promise<Result> {
    for await (const status of this.watch(jobId, options)) {
      onStatus?.(status);
      if (status.status === "FAILED" || status.status === "CANCELLED") throw new JobFailed(status);
    }
    return this.result(jobId, withSignal(options.signal));
  }

  /** Cancels an open job; nothing revives it. Throws `job_already_finished` where that comes too late. */
  async cancel(jobId: string, { signal }: CallOptions = {}): Promise<Status> {
    return this.#patiently(() => this.api.POST("/api/images/{id}/cancel", { ...at(jobId), ...withSignal(signal) }), signal);
  }

  /** Deletes a finished job and its files. A job that is gone at a second try is deleted: the first one's answer was lost. */
  async delete(jobId: string, { signal }: CallOptions = {}): Promise<void> {
    let sent = 0;
    const call = async () => {
      sent += 1;
      const { error, response } = await this.api.DELETE("/api/images/{id}", { ...at(jobId), ...withSignal(signal) });
      if (response.ok) return;
      const refusal = new SoramiError(response, error);
      if (sent === 1 || refusal.code !== "job_not_found") throw refusal;
    };
    await withRetries(call, this.#tries, this.#pause, signal);
  }

  /** Uploads an image to start from, PNG, JPEG or WEBP of at most 10 MiB; the answer goes into `input_image_url` of `generate`. */
  async upload(file: Blob, { signal }: CallOptions = {}): Promise<string> {
    const body = { content_type: file.type as UploadRequest["content_type"], size_bytes: file.size }; // another type is a 400
    const ticket = await this.#patiently(() => this.api.POST("/api/images/uploads", { body, ...withSignal(signal) }), signal);
    await withRetries(() => this.#post(ticket, file, signal), this.#tries, this.#pause, signal);
    return ticket.input_image_url;
  }

  /** One page of one's jobs, newest first. */
  async galleryPage({ signal, ...query }: ListOptions & { cursor?: string } = {}): Promise<Gallery> {
    return this.#patiently(() => this.api.GET("/api/images/user", { params: { query }, ...withSignal(signal) }), signal);
  }

  /** All of one's jobs, newest first, fetched page by page as they are asked for. */
  async *gallery(options: ListOptions = {}): AsyncGenerator<Generation, void, undefined> {
    let cursor: string | null = null;
    do {
      const page: Gallery = await this.galleryPage({ ...options, ...(cursor && { cursor }) });
      yield* page.generations;
      cursor = page.next_cursor;
    } while (cursor);
  }

  async #post(ticket: UploadTicket, file: Blob, signal: AbortSignal | undefined): Promise<void> {
    const form = new FormData();
    for (const [name, value] of Object.entries(ticket.fields)) form.append(name, value);
    form.append("file", file); // last: S3 does not look at what comes after it
    const response = await this.#fetch(new Request(ticket.url, { method: "POST", body: form, ...withSignal(signal) }));
    if (!response.ok) throw new SoramiError(response, await response.text());
  }

  /** `last` is the answer of the look before: whatever equals it comes without a body. */
  async #look(jobId: string, last: Look | undefined, signal: AbortSignal | undefined): Promise<Look> {
    const tag = last?.response.headers.get("ETag");
    const init = { ...at(jobId), ...withSignal(signal), ...(tag && { headers: { "If-None-Match": tag } }) };
    return withRetries(
      async () => {
        const { data, error, response } = await this.api.GET("/api/images/{id}/status", init);
        if (last && response.status === 304) return { status: last.status, response };
        if (data === undefined) throw new SoramiError(response, error);
        return { status: data, response };
      },
      this.#tries,
      this.#pause,
      signal,
    );
  }

  #patiently<T>(call: () => Promise<{ data?: T; error?: unknown; response: Response }>, signal?: AbortSignal): Promise<T> {
    return withRetries(
      async () => {
        const { data, error, response } = await call();
        if (data === undefined) throw new SoramiError(response, error);
        return data;
      },
      this.#tries,
      this.#pause,
      signal,
    );
  }
}

function at(id: string): { params: { path: { id: string } } } {
  return { params: { path: { id } } };
}

function withSignal(signal: AbortSignal | undefined): CallOptions {
  return signal ? { signal } : {};
}
