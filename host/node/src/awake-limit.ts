/**
 * Limits in awake time: the time in which this process ran. One that was stopped, or whose thread was held
 * up, has missed what had arrived meanwhile, and Node.js runs timers before it looks at sockets: a limit by
 * the clock would blame the other side for it.
 */

/** Milliseconds of a slice, at the least and at the most. A limit has about sixteen. */
const SHORTEST = 10;
const LONGEST = 250;

/** A slice that ends later than this, in milliseconds, ends late: the deadline moves by that. */
const LATE = 20;

/** Milliseconds of awake time, from its making. Whoever made it ends it. */
export class Limit {
  readonly #slice: number;
  readonly #expired: (() => void) | undefined;
  /** By `performance.now()`, as what follows. */
  #due: number;
  #sliceEnds = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Calls back, once, when they are over; never, if they are infinite. */
  constructor(milliseconds: number, expired?: () => void) {
    this.#slice = Math.min(Math.max(milliseconds / 16, SHORTEST), LONGEST);
    this.#expired = expired;
    const now = performance.now();
    this.#due = now + Math.max(0, milliseconds);
    this.#wait(now);
  }

  /** Milliseconds that are left; below zero they are over. */
  get left(): number {
    const now = performance.now();
    this.#notice(now);
    return this.#due - now;
  }

  /** It is not needed any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sliceEnds = Number.POSITIVE_INFINITY;
  }

  #notice(now: number): void {
    const late = now - this.#sliceEnds;
    if (late <= LATE) return;
    this.#due += late;
    this.#sliceEnds = now;
  }

  #wait(now: number): void {
    const next = Math.min(this.#slice, Math.max(0, this.#due - now));
    this.#sliceEnds = now + next;
    this.#timer = setTimeout(() => this.#look(), Math.ceil(next));
  }

  #look(): void {
    const now = performance.now();
    this.#notice(now);
    if (now < this.#due) {
      this.#wait(now);
    } else {
      this.end();
      this.#expired?.();
    }
  }
}
