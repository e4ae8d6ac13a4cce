import type { NotificationAnswer, Status, TicketAnswer } from "./openapi.js";
import type { Pause } from "./patience.js";

/** A job as live messages carry it. `version` rises with every change of the job. */
export type LiveJob = Status & { version: number };

export type LiveEvent =
  | { type: "job"; job: LiveJob }
  | { type: "notification"; notification: NotificationAnswer; unreadCount: number }
  | { type: "unread"; unreadCount: number }
  /** Whether changes are heard at once; while they are not, it is tried again by itself unless `isOver`. */
  | { type: "connection"; isOpen: boolean; isOver: boolean };

export interface LiveOptions {
  /** Ends the connection, as `close` does. */
  signal?: AbortSignal;
  /** For a runtime without one of its own, such as Node 20. */
  WebSocket?: typeof globalThis.WebSocket;
}

type Ended = "lost" | "too_many_connections";

const PULSE_MS = 60_000; // the gateway closes what was silent for 10 minutes; a sync makes good a push that failed as well
const ANSWER_MS = 10_000;
const TICKET_MS = 30_000; // fetch alone waits for minutes, and a token may never come
const STEADY_MS = 30_000; // a connection that ends sooner is no reason to hurry back
const LONGEST_MS = 110 * 60_000; // the gateway ends every connection after 2 hours
const SHORTEST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const MOST_FOLLOWED = 50;
const MOST_KNOWN = 500;

/**
 * Hears of every change of the user's jobs and of every notification (docs/live.md). A connection that is lost is opened again with
 * a fresh ticket, and what was missed meanwhile is asked for. Nothing depends on it: whoever watches a job polls while it is away.
 */
export class LiveConnection {
  readonly #ticket: (signal: AbortSignal) => Promise<TicketAnswer>;
  readonly #pause: Pause;
  readonly #WebSocket: typeof globalThis.WebSocket;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  readonly #jobs = new Map<string, LiveJob>();
  readonly #told = new Set<string>();
  readonly #followed = new Map<string, number>();
  readonly #unsaid = new Set<(said: ReadonlySet<string>) => void>();
  #sync: (() => void) | undefined;
  #isOpen = false;

  /** Made by `SoramiClient.live`. */
  constructor(ticket: (signal: AbortSignal) => Promise<TicketAnswer>, wait: Pause, options: LiveOptions = {}) {
    const found = options.WebSocket ?? globalThis.WebSocket;
    if (!found) throw new Error("There is no WebSocket here: pass one in the options (Node 22 has it built in).");
    this.#ticket = ticket;
    this.#pause = wait;
    this.#WebSocket = found;
    options.signal?.addEventListener("abort", () => this.close(), { once: true, signal: this.#stop.signal });
    if (options.signal?.aborted) this.close();
    else void this.#run();
  }

  /** Whether changes are heard at once. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Calls the listener for every event from now on; what it returns stops that. */
  listen(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#stop.abort(new Error("The live connection was closed."));
  }

  /** From here on the end of this job is asked for after every interruption, until what is returned is called. */
  follow(jobId: string): () => void {
    this.#followed.set(jobId, (this.#followed.get(jobId) ?? 0) + 1);
    this.#sync?.();
    return () => {
      const left = (this.#followed.get(jobId) ?? 1) - 1;
      if (left > 0) this.#followed.set(jobId, left);
      else this.#followed.delete(jobId);
    };
  }

  /**
   * The job as soon as it is known in a higher version than `after`. Undefined once nothing was heard for `ms` while the connection
   * is away, and once an answer to sync leaves the job out, as it does with a deleted one: then it is time to look for oneself.
   */
  next(jobId: string, after: number, ms: number, signal?: AbortSignal): Promise<LiveJob | undefined> {
    return new Promise((resolve, reject) => {
      const known = this.#jobs.get(jobId);
      if (known && known.version > after) return resolve(known);
      signal?.throwIfAborted();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const watch = (): void => {
        clearTimeout(timer);
        if (!this.#isOpen) timer = setTimeout(() => end(() => resolve(undefined)), ms);
      };
      const abort = (): void => end(() => reject(signal?.reason));
      const miss = (said: ReadonlySet<string>): void => {
        if (!said.has(jobId)) end(() => resolve(undefined));
      };
      const unsaid = this.#unsaid.add(miss);
      const ignore = this.listen((event) => {
        if (event.type === "connection") watch();
        else if (event.type === "job" && event.job.job_id === jobId && event.job.version > after) end(() => resolve(event.job));
      });
      signal?.addEventListener("abort", abort, { once: true });
      watch();

      function end(settle: () => void): void {
        clearTimeout(timer);
        ignore();
        unsaid.delete(miss);
        signal?.removeEventListener("abort", abort);
        settle();
      }
    });
  }

  async #run(): Promise<void> {
    let pauseMs = SHORTEST_PAUSE_MS;
    while (!this.#stop.signal.aborted) {
      let wasSteady = false;
      try {
        const { url } = await this.#ticketInTime();
        const ended = await this.#connection(url, () => (wasSteady = true));
        if (ended === "too_many_connections") return this.#tellState(false, true); // a newer page has taken this one's place
      } catch {
        // No ticket: the network or the service is away, which is what the pause is for.
      }
      pauseMs = wasSteady ? SHORTEST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      await this.#pauseOrOnline(pauseMs * (0.5 + Math.random() / 2));
    }
    this.#tellState(false, true);
  }

  /** Waits, but no longer than until a browser says that the network is back. */
  async #pauseOrOnline(ms: number): Promise<void> {
    const enough = new AbortController();
    globalThis.addEventListener?.("online", () => enough.abort(), { signal: enough.signal });
    await this.#pause(ms, AbortSignal.any([this.#stop.signal, enough.signal])).catch(() => undefined);
    enough.abort();
  }

  async #ticketInTime(): Promise<TicketAnswer> {
    const limit = new AbortController();
    const give = (): void => limit.abort(new Error("No ticket came."));
    const timer = setTimeout(give, TICKET_MS);
    this.#stop.signal.addEventListener("abort", give, { once: true });
    try {
      const over = new Promise<never>((_, reject) => limit.signal.addEventListener("abort", () => reject(limit.signal.reason)));
      return await Promise.race([this.#ticket(limit.signal), over]);
    } finally {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener("abort", give);
    }
  }

  #connection(url: string, onSteady: () => void): Promise<Ended> {
    return new Promise((resolve) => {
      const socket = new this.#WebSocket(url);
      const timers: ReturnType<typeof setTimeout>[] = [];
      let unanswered: ReturnType<typeof setTimeout> | undefined;
      const end = (reason: Ended): void => {
        timers.forEach(clearTimeout);
        clearTimeout(unanswered);
        this.#stop.signal.removeEventListener("abort", lose);
        this.#sync = undefined;
        socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
        socket.close();
        if (this.#isOpen) this.#tellState(false, false);
        resolve(reason);
      };
      const lose = (): void => end("lost");
      const sync = (): void => {
        socket.send(JSON.stringify({ type: "sync", job_ids: [...this.#followed.keys()].slice(-MOST_FOLLOWED) }));
        unanswered ??= setTimeout(lose, ANSWER_MS); // the first that is unanswered counts, however many follow it
      };
      timers.push(setTimeout(lose, ANSWER_MS)); // to open
      this.#stop.signal.addEventListener("abort", lose, { once: true });
      socket.onclose = socket.onerror = lose;
      socket.onopen = () => {
        timers.splice(0).forEach(clearTimeout);
        timers.push(setInterval(sync, PULSE_MS), setTimeout(lose, LONGEST_MS), setTimeout(onSteady, STEADY_MS));
        this.#sync = sync;
        sync();
      };
      socket.onmessage = ({ data }: MessageEvent) => {
        const message = parse(data);
        if (message.type === "sync") {
          clearTimeout(unanswered);
          unanswered = undefined;
        }
        if (message.type === "closing") end("too_many_connections");
        else if (message.type === "error" && message["code"] === "unknown_connection") lose();
        else this.#take(message);
      };
    });
  }

  #take(message: Received): void {
    if (message.type === "job.updated") {
      const { type: _, ...job } = message;
      this.#learn(job as unknown as LiveJob);
    } else if (message.type === "sync") {
      const jobs = message["jobs"] as LiveJob[];
      for (const job of jobs) this.#learn(job);
      this.#tell({ type: "unread", unreadCount: message["unreadCount"] as number });
      if (!this.#isOpen) this.#tellState(true, false);
      const said = new Set(jobs.map((job) => job.job_id));
      for (const miss of [...this.#unsaid]) miss(said);
    } else if (message.type === "notification.created") {
      const notification = message["notification"] as NotificationAnswer;
      if (this.#told.has(notification.id)) return;
      remember(this.#told, notification.id);
      this.#tell({ type: "notification", notification, unreadCount: message["unreadCount"] as number });
    }
  }

  /** Messages may come twice or late: the higher version counts. */
  #learn(job: LiveJob): void {
    if (job.version <= (this.#jobs.get(job.job_id)?.version ?? 0)) return;
    this.#jobs.delete(job.job_id); // so that the one heard of last stands last
    this.#jobs.set(job.job_id, job);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > MOST_KNOWN && oldest !== undefined) this.#jobs.delete(oldest);
    this.#tell({ type: "job", job });
  }

  #tellState(isOpen: boolean, isOver: boolean): void {
    this.#isOpen = isOpen;
    this.#tell({ type: "connection", isOpen, isOver });
  }

  #tell(event: LiveEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error; // reported as an event handler's is; neither the connection nor other listeners end with it
        });
      }
    }
  }
}

interface Received {
  type: string;
  [name: string]: unknown;
}

/** Anything that is no message of ours is one of a type that nobody knows, which is ignored. */
function parse(data: unknown): Received {
  try {
    const found: unknown = JSON.parse(String(data));
    if (typeof found === "object" && found !== null && "type" in found) return found as Received;
  } catch {
    // not JSON
  }
  return { type: "unknown" };
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  const [oldest] = ids;
  if (ids.size > MOST_KNOWN && oldest !== undefined) ids.delete(oldest);
}
