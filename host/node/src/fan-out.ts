/** Which webhooks an event goes to, and what each of them is sent. */

import { Limit } from "./awake-limit.js";
import type { Configuration } from "./configuration.js";
import { CallError } from "./connector/error.js";
import { type Notification, type Rendered, render } from "./notification.js";
import type { Webhook } from "./webhook.js";

/** A webhook with the request that it is sent. */
export interface Recipient {
  webhook: Webhook;
  rendered: Rendered;
}

/**
 * The webhooks that a notification concerns, each with what its shape made of it: one rendering for each shape.
 * Expressions that have not come to an end within the limit, in milliseconds, have failed. Throws an
 * `EventError` if no webhook can be told of it.
 */
export async function recipientsOf(
  configuration: Configuration,
  notification: Notification,
  limit: number | undefined,
): Promise<Recipient[]> {
  let selected: readonly Webhook[];
  try {
    selected = await configuration.select(notification.name);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const failed = error.message;
    return configuration.suspects(notification.name).map((webhook) => ({ webhook, rendered: { failed } }));
  }
  const shapes = new Map<string, Promise<Rendered>>();
  const recipients = selected.map(async (webhook) => {
    const { shape } = webhook;
    const known = shapes.get(shape.token) ?? within(limit, render(configuration.connector, notification, shape));
    shapes.set(shape.token, known);
    return { webhook, rendered: await known };
  });
  return Promise.all(recipients);
}

/** What was rendered, or that it came too late. */
function within(limit: number | undefined, rendering: Promise<Rendered>): Promise<Rendered> {
  if (limit === undefined) return rendering;
  const late: Rendered = { failed: "its expressions took more than half of the event's budget" };
  return new Promise((resolve, reject) => {
    const watch = new Limit(limit, () => resolve(late));
    rendering.then(resolve, reject).finally(() => watch.end());
  });
}
