/** The machine: it stops a process, and lacks descriptors. Neither is the responder's fault, and neither loses a veto. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Responder } from "./support/responder.js";
import { CANCEL, listening, raw, VETO } from "./support/wire.js";

const program = (name: string) => fileURLToPath(new URL(`support/${name}`, import.meta.url));

interface Said {
  outcome: string;
  error: string | null;
  states: string[];
}

const linux = process.platform === "linux" ? false : "it looks into /proc";

describe("a process that is stopped", { concurrency: 4, skip: linux }, () => {
  for (const [stop, timeout, backoff] of [
    [500, "300ms", false],
    [1500, "1s", false],
    [3000, "1s", false],
    [3000, "2s", { max_tries: 2, max_time: "4s" }],
  ] as const) {
    it(`for ${stop} ms, with a timeout of ${timeout}, takes the answer that came`, { timeout: 60_000 }, async () => {
      let arrived = () => {};
      let answer: (() => void) | undefined;
      await using at = await listening(
        raw((socket) =>
          socket.on("data", () => {
            answer = () => socket.write(VETO);
            arrived();
          }),
        ),
      );
      const fields = JSON.stringify({ timeout, backoff });
      const args = [program("asker.mjs"), `http://127.0.0.1:${at.port}/`, "8", fields];
      const servo = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
      try {
        const lines = createInterface({ input: servo.stdout })[Symbol.asyncIterator]();
        assert.equal((await lines.next()).value, "ready");
        for (let nth = 0; nth < 8; nth += 1) {
          const asked = new Promise<void>((resolve) => {
            arrived = resolve;
          });
          if (nth === 0) servo.stdin.write("go\n");
          await asked;
          servo.kill("SIGSTOP");
          untilStopped(servo.pid ?? 0);
          answer?.();
          await new Promise((resolve) => setTimeout(resolve, nth === 0 || stop < 1000 ? stop : stop / 2));
          const said = lines.next();
          servo.kill("SIGCONT");
          const { outcome, error, states } = JSON.parse((await said).value) as Said;
          assert.deepEqual([outcome, error, states], ["cancelled", null, []]);
        }
      } finally {
        servo.kill("SIGKILL");
        if (servo.exitCode === null && servo.signalCode === null) await once(servo, "exit");
      }
    });
  }
});

/** Waits until a process is stopped: its answer shall come while it is. */
function untilStopped(pid: number): void {
  while (!/\) T/.test(readFileSync(`/proc/${pid}/stat`, "latin1")));
}

describe("descriptors that are used up", { skip: linux }, () => {
  interface Told {
    outcomes: string[];
    deliveries: { outcome: string; attempts: number; error: string | null }[];
    breakers: string[];
  }

  /** What became of a servo that may have 100 descriptors. */
  async function play(which: string): Promise<Told> {
    await using responder = await Responder.start({
      "/slow": [{ delay_ms: 1000 }],
      "/veto": [{ headers: { "Content-Type": CANCEL }, body: '{"reason":"veto"}', delay_ms: 20 }],
    });
    const command = `ulimit -n 100; exec "$0" "$@"`;
    const args = ["-c", command, process.execPath, program("exhausted.mjs"), which, responder.origin];
    const { stdout } = await promisify(execFile)("sh", args);
    return JSON.parse(stdout) as Told;
  }

  it("by deliveries leave a reserve to questions", { timeout: 120_000 }, async () => {
    const { outcomes, deliveries, breakers } = await play("deliveries");
    assert.deepEqual(outcomes, Array(30).fill("cancelled"));
    assert.deepEqual(
      [...new Set(deliveries.map(({ outcome, attempts }) => `${outcome} ${attempts}`))],
      ["delivered 1"],
    );
    assert.deepEqual([deliveries.length, breakers], [160, []]);
  });

  it("by questions themselves are waited for", { timeout: 120_000 }, async () => {
    assert.deepEqual((await play("questions")).outcomes, Array(400).fill("cancelled"));
  });

  it("by the servo itself are waited for, expressions included", { timeout: 60_000 }, async () => {
    const { outcomes, deliveries } = await play("servo");
    assert.deepEqual(outcomes, ["cancelled"]);
    assert.deepEqual(deliveries, [{ outcome: "delivered", attempts: 1, error: null }]);
  });

  it("for too long are said, and count for nothing", { timeout: 60_000 }, async () => {
    const { outcomes, deliveries, breakers } = await play("long");
    assert.match(outcomes.join(), /^this machine lacks file descriptors.*EMFILE/);
    // The responder was asked twice all the same, and its own answers came too late.
    assert.deepEqual(
      deliveries.map(({ attempts, error }) => [attempts, error?.slice(0, 22)]),
      Array(6).fill([2, "no answer within 300ms"]),
    );
    // On a busy machine its hold may be over before the last delivery is.
    assert.equal(breakers[0], "open");
    assert.ok(!breakers.includes("closed"), breakers.join());
  });
});
