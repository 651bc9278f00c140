/** Deliveries that wait for their time. */

import type { Delivery } from "./delivery.js";

interface Waiting {
  /** By `performance.now()`, as all times here. */
  due: number;
  delivery: Delivery;
}

/** In the order of their times; of those that are due together, that one is first that could first have been sent. */
export class WaitingList {
  /** The last one is due first. */
  #list: Waiting[] = [];

  /** All of them. */
  get all(): readonly Waiting[] {
    return this.#list;
  }

  /** When the next one is due. */
  get next(): number | undefined {
    return this.#list.at(-1)?.due;
  }

  add(due: number, delivery: Delivery): void {
    const { first = due } = delivery;
    let [low, high] = [0, this.#list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#list[middle];
      const later = other && (other.due - due || (other.delivery.first ?? due) - first) > 0;
      if (later) low = middle + 1;
      else high = middle;
    }
    this.#list.splice(low, 0, { due, delivery });
  }

  /** Removes what is due. */
  due(now: number): Delivery[] {
    const found: Delivery[] = [];
    while ((this.next ?? Number.POSITIVE_INFINITY) <= now) found.push(...this.#list.splice(-1).map(one));
    return found;
  }

  /** Removes what fits. */
  take(fits: (delivery: Delivery) => boolean): Delivery[] {
    const found = this.#list.filter(({ delivery }) => fits(delivery)).reverse();
    this.#list = this.#list.filter(({ delivery }) => !fits(delivery));
    return found.map(one);
  }
}

function one({ delivery }: Waiting): Delivery {
  return delivery;
}
