// What is known of the user's jobs, whoever told it: live updates, polls, lists. A job only ever moves on.
import * as api from "./api.js";
import { emit, on } from "./dom.js";

const ORDER = ["PENDING", "INITIALIZING", "GENERATING", "SAVING", "CANCELLED", "FAILED", "COMPLETED"]; // a late result counts
const HOUR_MS = 3_600_000;
const GONE = "job_not_found"; // deleted in another tab, of which nobody tells
const jobs = new Map();
export const isOpen = (job) => ORDER.indexOf(job.status) < 4;
export const openIds = () => [...jobs.values()].filter(isOpen).map((job) => job.id);
export const find = (id) => jobs.get(id);
export const poll = () => Promise.all(openIds().map((id) => api.status(id).then(take).catch((problem) => problem.code === GONE && forget(id))));
on("news", (news) => take(news));

/** Takes a status, if it is newer than what is known, and tells everybody. `known`: prompt, count, size, as far as they are. */
export async function take({ job_id: id, created_at: createdAt, status, progress = 0, message = "", error, ...rest }, known = {}) {
  const isNews = () => moves(jobs.get(id), status, progress, message);
  if (!isNews()) return jobs.get(id);
  const job = { id, prompt: "", count: 1, createdAt, ...jobs.get(id), ...known, status, progress, message, error, code: rest.error_code };
  if (!job.prompt) Object.assign(job, more((await latest()).find((one) => one.id === id) ?? { prompt: "", numImages: 1 }));
  try {
    if (status === "COMPLETED") job.work = await workOf(job);
  } catch (problem) {
    if (problem.code !== "result_expired") return jobs.get(id); // it stays open here, so it is asked for again
    job.code = problem.code;
  }
  if (!isNews()) return jobs.get(id);
  jobs.set(id, job);
  emit("job", job);
  return job;
}

function moves(known, status, progress, message) {
  if (!known) return true;
  const ahead = ORDER.indexOf(status) - ORDER.indexOf(known.status);
  if (ahead || !isOpen(known)) return ahead > 0;
  return progress > known.progress || (progress === known.progress && message !== known.message);
}

/** Jobs of another tab are told of without their prompts, and those of an earlier visit perhaps not at all: the list has them. */
const latest = () => api.list({ status: "ALL", limit: 50 }).then(({ generations }) => generations, () => []);
export async function discover() {
  for (const one of (await latest()).filter(isOpen)) await take({ job_id: one.id, created_at: one.createdAt, status: one.status }, more(one));
}

const more = ({ prompt, numImages: count }) => ({ prompt, count });

/** A finished job as results, gallery and preview show it. Throws Problem, such as result_expired. */
async function workOf({ id, prompt }) {
  const { images, metadata, generated_at: at } = await api.result(id);
  return {
    id, prompt, at, model: metadata?.model_name, seconds: metadata?.generation_time_seconds, until: Date.now() + HOUR_MS,
    images: images.map(({ url, dimensions, format }) => ({ url, dimensions, format })),
  };
}

export const fromGallery = ({ id, prompt, createdAt, completedAt, model, processingTime, images }) => ({
  id, prompt, at: completedAt ?? createdAt, model, seconds: processingTime, until: Date.now() + HOUR_MS,
  images: images.map(({ fileUrl, width, height, format }) => ({ url: fileUrl, dimensions: `${width}x${height}`, format })),
});

/** Presigned URLs hold for an hour: fresh ones in place of the old. */
export async function renew(work) {
  const { images, until } = await workOf(work);
  Object.assign(work, { images, until });
}

const forget = (id) => { jobs.delete(id); emit("removed", id); };
export const remove = (id) => api.discard(id).catch((problem) => problem.code === GONE || Promise.reject(problem)).then(() => forget(id));
