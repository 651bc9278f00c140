/** Time that passes when it is told to. */

import { setImmediate as turn } from "node:timers/promises";

interface Timer {
  due: number;
  callback: () => void;
}

/** Turns of the event loop after which nothing is left to do at a moment. */
const ENOUGH = 12;

/** Instead of `performance.now()` and `setTimeout`, from its making until it is disposed. In milliseconds, from 0. */
export class VirtualTime implements Disposable {
  #now = 0;
  readonly #timers = new Set<Timer>();
  readonly #restore: () => void;

  constructor() {
    const { setTimeout, clearTimeout } = globalThis;
    const set = (callback: () => void, milliseconds = 0) => {
      const timer = { due: this.#now + milliseconds, callback };
      this.#timers.add(timer);
      return timer;
    };
    const clear = (timer: Timer) => this.#timers.delete(timer);
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    Object.defineProperty(performance, "now", { configurable: true, value: () => this.#now });
    this.#restore = () => {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      Reflect.deleteProperty(performance, "now");
    };
  }

  [Symbol.dispose](): void {
    this.#restore();
  }

  /** Lets time pass, from one timer to the next. */
  async advance(to: number): Promise<void> {
    await this.settle();
    for (;;) {
      const next = [...this.#timers].reduce<Timer | undefined>((a, b) => (a && a.due <= b.due ? a : b), undefined);
      if (!next || next.due > to) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.callback();
      await this.settle();
    }
    this.#now = Math.max(this.#now, to);
  }

  /** Does what there is to do at this moment. */
  async settle(): Promise<void> {
    for (let nth = 0; nth < ENOUGH; nth += 1) await turn();
  }
}
