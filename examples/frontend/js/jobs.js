// What is known of the user's jobs, whoever told it. A job only ever moves on.
import * as api from "./api.js";
import { emit, on } from "./dom.js";

const ORDER = ["PENDING", "INITIALIZING", "GENERATING", "SAVING", "CANCELLED", "FAILED", "COMPLETED"]; // a late result counts
const GONE = "job_not_found"; // deleted in another tab, of which nobody tells
const jobs = new Map();
export const prompts = new Map(); // by job
export const isOpen = (job) => ORDER.indexOf(job.status) < 4;
export const openIds = () => [...jobs.values()].filter(isOpen).map((job) => job.id);
export const find = (id) => jobs.get(id);
export const poll = () => Promise.all(openIds().map((id) => api.status(id).then(take).catch(({ code }) => code === GONE && forget(id))));
on("news", (news) => take(news));

/** Takes a status that is news, and tells everybody. `known`: prompt, count, size. */
export async function take({ job_id: id, created_at: createdAt, status, progress = 0, message = "", error, error_code: code }, known) {
	const isOld = () => jobs.has(id) && !moves(jobs.get(id), status, progress, message);
	if (isOld()) return find(id);
	const job = { id, prompt: "", count: 1, createdAt, ...find(id), ...known, status, progress, message, error, code };
	if (!job.prompt) Object.assign(job, more((await latest()).find((one) => one.id === id)));
	try {
		if (status === "COMPLETED") job.work = await workOf(job);
	} catch (problem) {
		if (problem.code !== "result_expired") return find(id); // still open here, it is asked for again
		job.code = problem.code;
	}
	if (isOld()) return find(id);
	jobs.set(id, job);
	learn([job]);
	emit("job", job);
	return job;
}

function moves(known, status, progress, message) {
	const ahead = ORDER.indexOf(status) - ORDER.indexOf(known.status);
	if (ahead || !isOpen(known)) return ahead > 0;
	return progress > known.progress || (progress === known.progress && message !== known.message);
}

export function learn(ones) {
	ones.forEach(({ id, prompt }) => prompts.set(id, prompt));
	emit("prompts");
	return ones;
}

/** Jobs of other tabs are told of without their prompts, and earlier ones perhaps not at all. */
const latest = () => api.latest().then(({ generations }) => learn(generations), () => []);
const more = ({ prompt = "", numImages: count = 1 } = {}) => ({ prompt, count });
export async function discover() {
	for (const one of (await latest()).filter(isOpen)) await take({ job_id: one.id, created_at: one.createdAt, status: one.status }, more(one));
}

/** As results, gallery and preview show it. */
async function workOf({ id, prompt }) {
	const { images, metadata, generated_at: at } = await api.result(id);
	return { id, prompt, at, images, model: metadata?.model_name, seconds: metadata?.generation_time_seconds };
}

export const fromGallery = ({ id, prompt, createdAt, completedAt: at = createdAt, model, processingTime: seconds, images }) => ({
	id, prompt, at, model, seconds,
	images: images.map(({ fileUrl: url, width, height, format }) => ({ url, dimensions: `${width}x${height}`, format })),
});

export const renew = async (work) => Object.assign(work, await workOf(work));

const forget = (id) => { jobs.delete(id); emit("removed", id); };
export const remove = (id) => api.discard(id).catch((problem) => { if (problem.code !== GONE) throw problem; }).then(() => forget(id));
