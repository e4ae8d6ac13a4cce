import { retryAfterMs } from "./errors.js";
import type { LiveConnection, LiveJob } from "./live.js";
import type { Status } from "./openapi.js";
import type { Pause } from "./patience.js";

/** A job's status and the answer that it came in. */
export interface Look {
  status: Status;
  response: Response;
}

/** Waits for news of one job: undefined means that it is time to look. */
export type Next = (after: number, ms: number) => Promise<LiveJob | undefined>;

const SHORTEST_MS = 1000;
const LONGEST_MS = 10_000;
const RISING: readonly Status["status"][] = ["PENDING", "INITIALIZING", "GENERATING", "SAVING"];
const ENDS: ReadonlySet<Status["status"]> = new Set(["COMPLETED", "FAILED", "CANCELLED"]);

/**
 * Looks until the job has ended. While nothing changes the pauses grow; they are never shorter than the service asks. Where `next`
 * hears of changes by itself nobody looks.
 */
export async function* watchJob(look: (last?: Look) => Promise<Look>, next: Next): AsyncGenerator<Status, void, undefined> {
  let last: Look | undefined;
  let version = 0;
  let pauseMs = SHORTEST_MS;
  for (;;) {
    const { status: found, response } = await look(last);
    const isNew = last === undefined || !isSame(found, last.status); // what is looked up is how it stands
    let status = isNew || last === undefined ? found : last.status;
    if (isNew) yield status;
    if (ENDS.has(status.status)) return;
    pauseMs = isNew ? SHORTEST_MS : Math.min(LONGEST_MS, pauseMs * 1.5);
    for (;;) {
      const heard = await next(version, Math.max(pauseMs, retryAfterMs(response) ?? 0));
      if (heard === undefined) break;
      version = heard.version;
      if (!isLater(heard, status)) continue;
      const { version: _, ...news } = heard;
      status = news;
      yield status;
      if (ENDS.has(status.status)) return;
    }
    last = { status, response };
  }
}

/** Without a connection: as long as it takes. */
export function waiting(wait: Pause, signal?: AbortSignal): Next {
  return async (_after, ms) => {
    await wait(ms, signal);
    return undefined;
  };
}

/** With one: whatever it hears first. */
export function hearing(live: LiveConnection, jobId: string, signal?: AbortSignal): Next {
  return (after, ms) => live.next(jobId, after, ms, signal);
}

/** What is heard may be older than what was looked up. State and progress only rise; times are of several clocks and may fall. */
function isLater(heard: Status, known: Status): boolean {
  const [rank, knownRank] = [rankOf(heard), rankOf(known)];
  return rank > knownRank || (rank === knownRank && heard.progress > known.progress);
}

function rankOf({ status }: Status): number {
  return ENDS.has(status) ? RISING.length : RISING.indexOf(status);
}

/** Two changes may share a millisecond, and the same change may come by two ways. */
function isSame(one: Status, other: Status): boolean {
  return one.updated_at === other.updated_at && one.status === other.status && one.progress === other.progress;
}
