/** Accepts after events and messages as deliveries, or rejects them with a warning. */

import type { AttemptContext } from "./attempt.js";
import { type Capacity, QueueFull } from "./capacity.js";
import { Delivery, failUnsent, type QueuedBody } from "./delivery.js";
import type { DeliveryQueue } from "./delivery-queue.js";
import type { Recipient } from "./fan-out.js";
import type { Notification, RenderedRequest } from "./notification.js";
import { type WebhookOutcome, webhookOutcome } from "./outcome.js";
import type { Webhook } from "./webhook.js";

/** Why nothing is accepted or asked any more. */
export const CLOSED = "closed: these webhooks were shut down and accept nothing new";

/** Accepts deliveries as long as there is room. */
export class Acceptance {
  readonly #context: AttemptContext;
  readonly #capacity: Capacity;
  readonly #queue: DeliveryQueue;
  #closed = false;

  constructor(context: AttemptContext, capacity: Capacity, queue: DeliveryQueue) {
    this.#context = context;
    this.#capacity = capacity;
    this.#queue = queue;
  }

  /** Accepts nothing any more. */
  close(): void {
    this.#closed = true;
  }

  /** Accepts a notification for each webhook; returns the outcomes. */
  accept(notification: Notification, recipients: Recipient[]): WebhookOutcome[] {
    const queuedBodies = new Map<RenderedRequest, QueuedBody>();
    return recipients.map((one) => this.#acceptOne(notification, one, queuedBodies));
  }

  #acceptOne(
    notification: Notification,
    { webhook, rendered }: Recipient,
    queuedBodies: Map<RenderedRequest, QueuedBody>,
  ): WebhookOutcome {
    const outcome = webhookOutcome(webhook, "accepted");
    if ("skipped" in rendered) return { ...outcome, outcome: "skipped", reason: rendered.skipped };
    const fields = { webhook: webhook.label, event: notification.name, id: notification.id };
    const reject = (error: string): WebhookOutcome => {
      this.#context.log.warn("rejected", { ...fields, error });
      return { ...outcome, outcome: "rejected", error };
    };
    if (this.#closed) return reject(CLOSED);
    const off = webhook.switchedOff;
    if (off !== undefined) {
      failUnsent(this.#context, notification, webhook, off);
      return { ...outcome, outcome: "switched_off", error: off };
    }
    if ("failed" in rendered) {
      failUnsent(this.#context, notification, webhook, rendered.failed);
      return outcome;
    }
    try {
      this.#queue.push(this.#stow(notification, webhook, rendered.request, queuedBodies));
      return outcome;
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error;
      return reject(error.message);
    }
  }

  /** Takes the room for a delivery, and for its body unless another has it already; throws `QueueFull`. */
  #stow(
    notification: Notification,
    webhook: Webhook,
    request: RenderedRequest,
    queuedBodies: Map<RenderedRequest, QueuedBody>,
  ): Delivery {
    const bytes = request.body.length;
    const permit = this.#capacity.reserve(webhook.origin ?? "", notification.size, bytes);
    try {
      const known = queuedBodies.get(request);
      const queuedBody =
        known ?? this.#queuedBody(notification, request, this.#capacity.reserveBytes(notification.size, bytes));
      queuedBodies.set(request, queuedBody);
      return new Delivery(webhook, queuedBody, permit, this.#context);
    } catch (error) {
      permit();
      throw error;
    }
  }

  #queuedBody({ name, id }: Notification, request: RenderedRequest, release: () => void): QueuedBody {
    return { request, event: name, eventId: id, deliveries: 0, release };
  }
}
