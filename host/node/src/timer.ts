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

/** Units of durations, in milliseconds. */
const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
] as const;

/** A duration for people, as all hosts write it: `250ms`, `1.5s`, `2m5s`. From ten seconds on to the second. */
export function inWords(milliseconds: number): string {
  const whole = Math.round(milliseconds);
  let rest = whole < 10_000 ? whole : whole - (whole % 1000);
  let text = "";
  for (const [unit, size] of UNITS) {
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  if (rest >= 1000) return `${text}${rest / 1000}s`;
  return rest > 0 ? `${text}${rest}ms` : text || "0s";
}

/** Nanoseconds since 1970, as the connector counts time; 0 if the clock is set before that. */
export function unixNanoseconds(): bigint {
  return BigInt(Math.max(0, Date.now())) * 1_000_000n;
}

/** Milliseconds in nanoseconds. */
export function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.max(0, Math.round(milliseconds * 1e6)));
}
