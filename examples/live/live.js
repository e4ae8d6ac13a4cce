// Follows a user's jobs in a browser or in Node 22, with nothing but fetch and WebSocket. docs/live.md explains each step.

export async function follow(api, getToken, show, poll) {
  const jobs = new Map(); // job_id → the newest that is known of it: the higher version counts, in whatever order they come
  const take = (job) => job.version > (jobs.get(job.job_id)?.version ?? 0) && (jobs.set(job.job_id, job), show(job));
  const open = () => [...jobs.values()].filter((job) => !/COMPLETED|FAILED|CANCELLED/.test(job.status));
  let pause = 1000;
  const ticket = async () => {
    const headers = { Authorization: `Bearer ${await getToken()}` };
    const answer = await fetch(`${api}/api/notifications/ticket`, { method: "POST", headers, signal: AbortSignal.timeout(30_000) });
    if (!answer.ok) throw new Error(`no ticket: ${answer.status}`);
    return (await answer.json()).url;
  };
  const connection = (url) => new Promise((ended) => {
    const socket = new WebSocket(url);
    let silence = setTimeout(() => lose(), 10_000); // to open; a network that is gone says nothing, and then nothing closes either
    const say = (message) => {
      socket.send(JSON.stringify(message));
      clearTimeout(silence);
      silence = setTimeout(lose, 10_000);
    };
    const sync = () => say({ type: "sync", job_ids: open().map((job) => job.job_id).slice(0, 50) });
    const pulse = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      pause = 1000; // not before: a server that lets in and closes at once is not asked every second
      open().length ? sync() : say({ type: "ping" });
    }, 60_000);
    const lose = () => { clearTimeout(silence); clearInterval(pulse); socket.close(); ended("lost"); };
    socket.onopen = sync;
    socket.onmessage = ({ data }) => {
      clearTimeout(silence);
      const message = JSON.parse(data);
      if (message.type === "job.updated") take(message);
      else if (message.type === "sync") { message.jobs.forEach(take); show(message); }
      else if (message.type === "closing") ended(message.reason);
      else if (message.code === "unknown_connection") socket.close();
      else show(message); // notification.created
    };
    socket.onclose = socket.onerror = lose;
  });
  for (;;) {
    const reason = await ticket().then(connection, () => "no ticket");
    await poll(open()); // the feed and GET …/status have everything, connected or not
    if (reason === "too_many_connections") return; // go on polling: a newer tab has taken this one's place
    await new Promise((wake) => setTimeout(wake, pause * (0.5 + Math.random() / 2)));
    pause = Math.min(2 * pause, 30_000);
  }
}
