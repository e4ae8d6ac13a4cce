import { retryAfterMs } from "./errors.js";
import type { Status } from "./openapi.js";
import type { Pause } from "./patience.js";

/** A job's status and the answer that it came in. */
export interface Look {
  status: Status;
  response: Response;
}

const SHORTEST_MS = 1000;
const LONGEST_MS = 10_000;
const ENDS: ReadonlySet<Status["status"]> = new Set(["COMPLETED", "FAILED", "CANCELLED"]);

/** Looks until the job has ended. While nothing changes the pauses grow; they are never shorter than the service asks. */
export async function* watchJob(look: (last?: Look) => Promise<Look>, wait: Pause, signal?: AbortSignal): AsyncGenerator<Status, void, undefined> {
  let last: Look | undefined;
  let pauseMs = SHORTEST_MS;
  for (;;) {
    const found = await look(last);
    const { status, response } = found;
    const isNew = status.updated_at !== last?.status.updated_at;
    if (isNew) yield status;
    if (ENDS.has(status.status)) return;
    pauseMs = isNew ? SHORTEST_MS : Math.min(LONGEST_MS, pauseMs * 1.5);
    last = found;
    await wait(Math.max(pauseMs, retryAfterMs(response) ?? 0), signal);
  }
}
