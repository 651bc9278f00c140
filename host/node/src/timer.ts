/** Timers that may be longer than Node's, which fire at once past 2^31-1 ms, and that never fire too early. */

/** The longest that `setTimeout` waits, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Calls back after so many milliseconds; never, if they are infinite. The result cancels it. */
export function startTimer(milliseconds: number, callback: () => void): () => void {
  const due = performance.now() + milliseconds;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const left = due - performance.now();
    if (left <= 0) callback();
    else wait(left);
  };
  const wait = (left: number) => {
    timer = setTimeout(look, Math.min(Math.max(Math.ceil(left), 0), LONGEST));
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}

/** Waits so many milliseconds, or until the signal is aborted. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = startTimer(milliseconds, done);
    if (signal?.aborted) done();
    else signal?.addEventListener("abort", done);
  });
}

/** A duration for people: `250 ms`, `5 s`, `2 min 5 s`. */
export function inWords(milliseconds: number): string {
  const whole = Math.round(milliseconds);
  if (whole < 1000 || (whole < 60_000 && whole % 1000 !== 0)) return `${whole} ms`;
  const seconds = Math.floor(whole / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? "" : ` ${rest} s`}`;
}

/** Nanoseconds since 1970, as the connector counts time; 0 if the clock is set before that. */
export function unixNanoseconds(): bigint {
  return BigInt(Math.max(0, Date.now())) * 1_000_000n;
}

/** Milliseconds in nanoseconds. */
export function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.max(0, Math.round(milliseconds * 1e6)));
}
