import { SoramiError } from "./errors.js";

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
export type Pause = (ms: number, signal?: AbortSignal) => Promise<void>;

export const pause: Pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", stop, { once: true });

    function done(): void {
      signal?.removeEventListener("abort", stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal?.reason);
    }
  });

const FIRST_MS = 500;
const LONGEST_MS = 15_000;
const LONGEST_ASKED_MS = 60_000;

/**
 * Calls until it works, up to `tries` times, with growing pauses of random length. Only what says nothing of the request is
 * tried again: a broken connection, the gateway's own 429, and 5xx but for the backend's refusal. So `call` must be safe to repeat.
 */
export async function withRetries<T>(call: () => Promise<T>, tries: number, wait: Pause, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= tries || !mayPass(error)) throw error;
      await wait(backoffMs(attempt, error), signal);
    }
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof SoramiError)) return error instanceof TypeError; // what fetch throws when there was no answer
  if (error.status === 429) return error.problem === undefined; // the service's own 429 is about this user: the caller decides
  return error.status >= 500 && error.code !== "backend_rejected";
}

function backoffMs(attempt: number, error: unknown): number {
  const asked = error instanceof SoramiError ? error.retryAfterMs : undefined;
  const grown = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
  return Math.max(grown, Math.min(asked ?? 0, LONGEST_ASKED_MS));
}
