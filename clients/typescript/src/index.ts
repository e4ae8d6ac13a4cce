/** A typed client of Sorami Images. The types are made from openapi.json. */

export { SoramiClient, type CallOptions, type GenerateOptions, type ListOptions, type Options } from "./client.js";
export { JobFailed, SoramiError } from "./errors.js";
export type { Notifications } from "./notifications.js";
export type * from "./openapi.js";
export type { Pause } from "./patience.js";
