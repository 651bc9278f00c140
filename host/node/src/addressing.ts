/** Which webhooks an event goes to, and what each of them is sent. */

import { Limit } from "./awake.js";
import type { Configuration } from "./configuration.js";
import { CallError } from "./connector/error.js";
import { type Occasion, type Rendered, render } from "./parcel.js";
import type { Webhook } from "./webhook.js";

/** A webhook with the parcel that it is sent. */
export interface Addressed {
  webhook: Webhook;
  rendered: Rendered;
}

/**
 * The webhooks that an occasion concerns, each with what its shape made of it: one rendering for each shape.
 * Expressions that have not come to an end within the limit, in milliseconds, have failed. Throws an
 * `EventError` if no webhook can be told of it.
 */
export async function concerned(
  configuration: Configuration,
  occasion: Occasion,
  limit: number | undefined,
): Promise<Addressed[]> {
  let selected: readonly Webhook[];
  try {
    selected = await configuration.select(occasion.name);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const failed = error.message;
    return configuration.suspects(occasion.name).map((webhook) => ({ webhook, rendered: { failed } }));
  }
  const shapes = new Map<string, Promise<Rendered>>();
  const addressed = selected.map(async (webhook) => {
    const { shape } = webhook;
    const known = shapes.get(shape.token) ?? within(limit, render(configuration.connector, occasion, shape));
    shapes.set(shape.token, known);
    return { webhook, rendered: await known };
  });
  return Promise.all(addressed);
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
