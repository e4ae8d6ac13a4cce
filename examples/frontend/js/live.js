// Live updates (docs/live.md), and polling while there is no connection.
import { sleep, ticket } from "./api.js";
import { emit } from "./dom.js";

const [POLL_MS, ANSWER_MS, LONGEST_PAUSE_MS, PULSE_MS] = [3000, 10_000, 30_000, 60_000];
let state = "connecting";

export async function listen(openIds, poll) {
	keepAsking(poll);
	addEventListener("offline", () => tell("offline"));
	for (let pause = 1000; state !== "over"; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
		const found = navigator.onLine && (await ticket().catch(() => null));
		const begun = Date.now();
		if (found) await connection(found.url, openIds);
		if (Date.now() - begun > LONGEST_PAUSE_MS) pause = 1000; // no hurry back to whoever closes at once
		tell(navigator.onLine ? "lost" : "offline");
		await Promise.race([sleep(pause * (0.5 + Math.random() / 2)), new Promise((now) => addEventListener("online", now, { once: true }))]);
	}
}

/** Slow answers do not pile up. */
const keepAsking = async (poll) => { for (;;) await sleep(POLL_MS).then(() => state !== "open" && navigator.onLine && poll()); };

/** Lasts as long as the connection does. */
function connection(url, openIds) {
	return new Promise((ended) => {
		const socket = new WebSocket(url);
		const pulse = setInterval(sync, PULSE_MS);
		let unanswered = setTimeout(end, ANSWER_MS);
		socket.onopen = sync;
		socket.onclose = end;
		addEventListener("offline", end);
		socket.onmessage = ({ data }) => {
			const message = JSON.parse(data);
			if (message.type === "job.updated") emit("news", message);
			else if (message.type === "notification.created") emit("notification", message);
			else if (message.type === "closing") end(tell("over"));
			else if (message.code === "unknown_connection") end();
			else if (message.type === "sync") {
				clearTimeout(unanswered);
				tell("open");
				emit("unread", message.unreadCount);
				message.jobs.forEach((job) => emit("news", job));
			}
		};
		function sync() { // keeps it open, and makes good a push that failed
			if (socket.readyState !== WebSocket.OPEN) return;
			socket.send(JSON.stringify({ type: "sync", job_ids: openIds().slice(-50) }));
			clearTimeout(unanswered);
			unanswered = setTimeout(end, ANSWER_MS);
		}
		function end() {
			clearTimeout(unanswered);
			clearInterval(pulse);
			removeEventListener("offline", end);
			socket.onopen = socket.onmessage = socket.onclose = null;
			socket.close();
			ended();
		}
	});
}

/** `over` is for good. */
const tell = (now) => ![now, "over"].includes(state) && emit("connection", (state = now));
