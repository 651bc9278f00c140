/**
 * How much may wait: deliveries that are not settled, and the bytes of their bodies. Every endpoint has an
 * equal part of it, so that one which hangs leaves the others their room.
 */

/** Deliveries, and bytes of bodies. What endpoints share counts for each of them. */
interface Load {
  deliveries: number;
  bytes: number;
}

/** Gives back what was taken; once. */
export type Release = () => void;

/** There is no room. */
export class QueueFull extends Error {
  override readonly name = "QueueFull";
}

/** The bounds, and what is taken of them. */
export class Capacity {
  readonly #most: Load;
  readonly #all: Load = { deliveries: 0, bytes: 0 };
  readonly #parts = new Map<string, Load>();
  #endpoints: number;
  #others = 0;
  #watchers: (() => void)[] = [];

  constructor(deliveries: number, bytes: number, endpoints: number) {
    this.#most = { deliveries, bytes };
    this.#endpoints = endpoints;
  }

  /** The number of deliveries that are not settled. */
  get waiting(): number {
    return this.#all.deliveries;
  }

  /** Among how many endpoints it is divided from now on. */
  divide(endpoints: number): void {
    this.#endpoints = endpoints;
  }

  /**
   * Takes the place of one delivery with a body of so many bytes; `expected`, as many as were known before
   * it was written, decide whether it fits. A body alone always fits. Throws `QueueFull`.
   */
  reserve(endpoint: string, expected: number, bytes: number): Release {
    if (this.#all.deliveries >= this.#most.deliveries) throw this.#full();
    const of = (most: number) => Math.max(1, Math.floor(most / Math.max(1, this.#endpoints)));
    const part = this.#parts.get(endpoint) ?? { deliveries: 0, bytes: 0 };
    const fits = part.bytes === 0 || part.bytes + expected <= of(this.#most.bytes);
    if (part.deliveries + 1 > of(this.#most.deliveries) || !fits) {
      throw new QueueFull(`the queue for ${endpoint} is full: ${part.deliveries} deliveries are waiting`);
    }
    this.#parts.set(endpoint, part);
    part.deliveries += 1;
    part.bytes += bytes;
    this.#all.deliveries += 1;
    return this.#once(() => {
      this.#all.deliveries -= 1;
      part.deliveries -= 1;
      part.bytes -= bytes;
      if (part.deliveries === 0) this.#parts.delete(endpoint);
    });
  }

  /** Takes the bytes of one body, which several deliveries may share. Throws `QueueFull`. */
  reserveBytes(expected: number, bytes: number): Release {
    if (this.#all.bytes > 0 && this.#all.bytes + expected > this.#most.bytes) throw this.#full();
    this.#all.bytes += bytes;
    return this.#once(() => {
      this.#all.bytes -= bytes;
    });
  }

  /** Notes a question or a publication, which takes no room but is waited for. */
  note(): Release {
    this.#others += 1;
    return this.#once(() => {
      this.#others -= 1;
    });
  }

  /** Waits until nothing is taken, and nothing is being asked or published. */
  async untilEmpty(): Promise<void> {
    while (this.#all.deliveries > 0 || this.#others > 0) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  #full(): QueueFull {
    return new QueueFull(`the queue is full: ${this.#all.deliveries} deliveries are waiting`);
  }

  #once(release: () => void): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      release();
      for (const wake of this.#watchers.splice(0)) wake();
    };
  }
}
