// One line under the header while the page is offline, or hears nothing by itself.
import { $, on, say } from "./dom.js";

export const start = () => on("connection", (state) => say($("notice"), state === "open" ? "" : `notice.${state}`));
