/** A typed client of Sorami Images. The types are made from openapi.json. */

export { SoramiClient, type CallOptions, type GenerateOptions, type ListOptions, type Options, type WatchOptions } from "./client.js";
export type { LiveConnection, LiveEvent, LiveJob, LiveOptions } from "./live.js";
export { JobFailed, SoramiError } from "./errors.js";
export type { Notifications } from "./notifications.js";
export type * from "./openapi.js";
export type { Pause } from "./patience.js";
