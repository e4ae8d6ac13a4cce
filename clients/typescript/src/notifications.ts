import type { Client } from "openapi-fetch";

import type { CallOptions } from "./client.js";
import type { AllRead, Done, NotificationAnswer, NotificationList, paths } from "./openapi.js";

type Call<T> = () => Promise<{ data?: T; error?: unknown; response: Response }>;

/** What the user was told of. */
export class Notifications {
  readonly #api: Client<paths>;
  readonly #patiently: <T>(call: Call<T>, signal?: AbortSignal) => Promise<T>;

  constructor(api: Client<paths>, patiently: <T>(call: Call<T>, signal?: AbortSignal) => Promise<T>) {
    this.#api = api;
    this.#patiently = patiently;
  }

  /** One page, newest first, and the exact number of all that are unread. */
  async page({ signal, ...query }: CallOptions & { limit?: number; cursor?: string } = {}): Promise<NotificationList> {
    return this.#patiently(() => this.#api.GET("/api/notifications", { params: { query }, ...(signal && { signal }) }), signal);
  }

  /** All of them, newest first, fetched page by page as they are asked for. */
  async *all({ signal, limit }: CallOptions & { limit?: number } = {}): AsyncGenerator<NotificationAnswer, void, undefined> {
    let cursor: string | null = null;
    do {
      const list: NotificationList = await this.page({ ...(signal && { signal }), ...(limit && { limit }), ...(cursor && { cursor }) });
      yield* list.notifications;
      cursor = list.next_cursor;
    } while (cursor);
  }

  /** Marks one as read, or as unread again. */
  async mark(notificationId: string, isRead = true, { signal }: CallOptions = {}): Promise<Done> {
    const body = { notificationId, isRead };
    return this.#patiently(() => this.#api.PUT("/api/notifications", { body, ...(signal && { signal }) }), signal);
  }

  /** Marks all as read that were created up to `before`: the `createdAt` of the newest one that the user has seen. */
  async markAll(before: string, { signal }: CallOptions = {}): Promise<AllRead> {
    return this.#patiently(() => this.#api.POST("/api/notifications/read-all", { body: { before }, ...(signal && { signal }) }), signal);
  }
}
