import type { Problem, Status } from "./openapi.js";

/** An answer that is no success, or none of this API's. Branch on `code`, show `message`. */
export class SoramiError extends Error {
  override readonly name: string = "SoramiError";
  /** The HTTP status. */
  readonly status: number;
  /** The problem's stable code; `http_429` and the like where the gateway answered by itself. */
  readonly code: string;
  /** The whole problem document, if there is one. In a `job_not_finished` its `status` is the job's state. */
  readonly problem: Problem | undefined;
  /** How long the service asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(response: Response, body: unknown) {
    const problem = isProblem(body) ? body : undefined;
    super(problem?.message ?? (response.ok ? "What answered is not the API." : `The API answered ${response.status}.`));
    this.status = response.status;
    this.code = problem?.code ?? `http_${response.status}`;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs(response);
  }
}

/** The job ended without a result. `message` is for people. */
export class JobFailed extends Error {
  override readonly name: string = "JobFailed";
  readonly job: Status;

  constructor(job: Status) {
    super(job.message);
    this.job = job;
  }
}

/** Throws a SoramiError for a success without a JSON object in it, such as a portal's page: it would break whatever reads it. */
export async function mustBeAnAnswer(response: Response): Promise<undefined> {
  if (!response.ok || response.status === 204) return undefined; // the one answer without a body
  const text = await response.clone().text();
  if (!isJsonObject(text)) throw new SoramiError(response, text);
  return undefined;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

/** `Retry-After` in milliseconds; the service sends seconds only. */
export function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get("Retry-After") ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "message" in body;
}
