/** A notification, and what a shape makes of it: one request, shared by all webhooks of the shape and their attempts. */

import { isUtf8 } from "node:buffer";
import type { Connector, Shape } from "./connector/connector.js";
import type { wit } from "./connector/contract.js";
import { CallError } from "./connector/error.js";
import { now } from "./created.js";
import { EventError } from "./error.js";
import type { CheckedEvent } from "./event.js";
import { addRendered, Headers, isValue } from "./headers.js";
import type { CheckedMessage } from "./message.js";
import { sanitize } from "./text.js";

/** One side of an event, or a message, with its name: `before:adjust`, `channel:news`. */
export interface Notification {
  /** As `X-Servo-Event` carries it. */
  name: string;
  id: string;
  /** Its size in bytes, approximately. */
  size: number;
  wit: wit.Notification;
  /** A message's own bytes. */
  content: Buffer | undefined;
}

/** What a shape makes of a notification. */
export interface RenderedRequest {
  /** Content type, event name, schema version and what the format adds. */
  headers: Headers;
  body: Buffer;
  /** To be logged. */
  warning: string | undefined;
}

/** A request, or why there is none: a condition does not hold, or the webhook has failed. */
export type Rendered = { request: RenderedRequest } | { skipped: string } | { failed: string };

/** Before an event, or after it with its results. */
export function eventNotification(event: CheckedEvent, results: string | undefined): Notification {
  const name = `${results === undefined ? "before" : "after"}:${event.name}`;
  const { id, parameters } = event;
  const created = event.created ?? now();
  const val: wit.Event = { name, id, created, parameters, ...(results === undefined ? {} : { results }) };
  const size = Buffer.byteLength(parameters) + Buffer.byteLength(results ?? "");
  return { name, id, size, wit: { tag: "event", val }, content: undefined };
}

/** A message. */
export function messageNotification(message: CheckedMessage): Notification {
  const { channel, id, contentType, content } = message;
  const val: wit.Message = { channel, id, created: message.created ?? now(), contentType, content: contentOf(content) };
  return { name: `channel:${channel}`, id, size: content.length, wit: { tag: "message", val }, content };
}

/** Bytes as the connector takes them: text if they are UTF-8. */
export function contentOf(bytes: Buffer): wit.Content {
  return isUtf8(bytes) ? { tag: "text", val: bytes.toString() } : { tag: "binary", val: bytes };
}

/** Asks the connector what a shape makes of a notification; throws an `EventError` if no webhook can be told of it. */
export async function render(connector: Connector, notification: Notification, shape: Shape): Promise<Rendered> {
  try {
    const answered = await connector.render(shape, notification.wit, notification.size);
    if ("refusal" in answered) {
      const { tag, val } = answered.refusal;
      if (tag === "notification") throw new EventError(sanitize(val));
      return { failed: sanitize(val) };
    }
    const { tag, val } = answered.value;
    return tag === "skip" ? { skipped: sanitize(val) } : { request: pack(notification, val) };
  } catch (error) {
    if (error instanceof CallError) return { failed: error.message };
    throw error;
  }
}

function pack(notification: Notification, request: wit.Request): RenderedRequest {
  const headers = new Headers();
  addRendered(headers, request.headers);
  if (!isValue(request.contentType)) throw CallError.unusable("render", "a content type that cannot be sent");
  headers.set("Content-Type", request.contentType).set("X-Servo-Event", notification.name);
  if (request.schemaVersion !== undefined) headers.set("X-Servo-Schema", String(request.schemaVersion));
  const body = request.body === undefined ? notification.content : Buffer.from(request.body);
  if (!body) throw CallError.unusable("render", "an event without a body");
  const { warning } = request;
  return { headers, body, warning: warning === undefined ? undefined : sanitize(warning) };
}
