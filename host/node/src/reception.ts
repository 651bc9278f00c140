/** Accepts after events and messages as deliveries, or rejects them with a warning. */

import type { Addressed } from "./addressing.js";
import type { Means } from "./attempt.js";
import { Delivery, type Freight, failUnsent } from "./delivery.js";
import type { Outbox } from "./outbox.js";
import { type WebhookOutcome, webhookOutcome } from "./outcome.js";
import type { Occasion, Parcel } from "./parcel.js";
import { Full, type Room } from "./room.js";
import type { Webhook } from "./webhook.js";

/** Why nothing is accepted or asked any more. */
export const CLOSED = "closed: these webhooks were drained and accept nothing new";

/** Accepts deliveries as long as there is room. */
export class Reception {
  readonly #means: Means;
  readonly #room: Room;
  readonly #outbox: Outbox;
  #closed = false;

  constructor(means: Means, room: Room, outbox: Outbox) {
    this.#means = means;
    this.#room = room;
    this.#outbox = outbox;
  }

  /** Accepts nothing any more. */
  close(): void {
    this.#closed = true;
  }

  /** Accepts an occasion for each webhook; returns the outcomes. */
  accept(occasion: Occasion, addressed: Addressed[]): WebhookOutcome[] {
    const freights = new Map<Parcel, Freight>();
    return addressed.map((one) => this.#acceptOne(occasion, one, freights));
  }

  #acceptOne(occasion: Occasion, { webhook, rendered }: Addressed, freights: Map<Parcel, Freight>): WebhookOutcome {
    const outcome = webhookOutcome(webhook, "accepted");
    if ("skipped" in rendered) return { ...outcome, outcome: "skipped", reason: rendered.skipped };
    const fields = { webhook: webhook.label, event: occasion.name, id: occasion.id };
    const reject = (error: string): WebhookOutcome => {
      this.#means.log.warn("rejected", { ...fields, error });
      return { ...outcome, outcome: "rejected", error };
    };
    if (this.#closed) return reject(CLOSED);
    const off = webhook.switchedOff;
    if (off !== undefined) {
      failUnsent(this.#means, occasion, webhook, off);
      return { ...outcome, outcome: "switched_off", error: off };
    }
    if ("failed" in rendered) {
      failUnsent(this.#means, occasion, webhook, rendered.failed);
      return outcome;
    }
    try {
      this.#outbox.push(this.#stow(occasion, webhook, rendered.parcel, freights));
      return outcome;
    } catch (error) {
      if (!(error instanceof Full)) throw error;
      return reject(error.message);
    }
  }

  /** Takes the room for a delivery, and for its body unless another has it already; throws `Full`. */
  #stow(occasion: Occasion, webhook: Webhook, parcel: Parcel, freights: Map<Parcel, Freight>): Delivery {
    const bytes = parcel.body.length;
    const place = this.#room.enter(webhook.origin ?? "", occasion.size, bytes);
    try {
      const known = freights.get(parcel);
      const freight = known ?? this.#freight(occasion, parcel, this.#room.take(occasion.size, bytes));
      freights.set(parcel, freight);
      return new Delivery(webhook, freight, place, this.#means);
    } catch (error) {
      place();
      throw error;
    }
  }

  #freight({ name, id }: Occasion, parcel: Parcel, release: () => void): Freight {
    return { parcel, event: name, eventId: id, deliveries: 0, release };
  }
}
