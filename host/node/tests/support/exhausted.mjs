/**
 * A servo in a process of its own whose descriptors are used up: `node exhausted.mjs CASE URL`. It writes what became
 * of its questions and deliveries in JSON.
 */

import { closeSync, openSync } from "node:fs";
import { Configuration, Webhooks } from "../../dist/index.js";

const [which, url = ""] = process.argv.slice(2);
const { port } = new URL(url);
const options = { allow: ["loopback"], environment: {}, logger: null, lookup: async () => ["127.0.0.1"] };

/** Opens files until there are no more descriptors; what it opened. */
function exhaust() {
  const files = [];
  try {
    for (;;) files.push(openSync("/dev/null"));
  } catch {
    return files;
  }
}

async function start(list, more = {}) {
  const webhooks = new Webhooks(await Configuration.from(list), { ...options, ...more });
  const told = { outcomes: [], deliveries: [], breakers: [] };
  webhooks.on("delivery", ({ outcome, attempts, error }) => told.deliveries.push({ outcome, attempts, error }));
  webhooks.on("breaker", ({ state }) => told.breakers.push(state));
  const ask = async () => {
    const { outcome, webhooks: all } = await webhooks.before({ name: "adjust" });
    told.outcomes.push(outcome === "cancelled" ? outcome : (all[0]?.error ?? outcome));
  };
  return { webhooks, told, ask };
}

const question = { name: "asks", events: "before:adjust", url: `${url}/veto`, secret: "s" };

const cases = {
  /** By deliveries to forty endpoints that take their time. */
  async deliveries() {
    const endpoints = Array.from({ length: 40 }, (_, nth) => ({
      events: "after:measure",
      url: `http://endpoint-${nth}.example:${port}/slow`,
      secret: "s",
    }));
    const { webhooks, told, ask } = await start([question, ...endpoints]);
    for (let nth = 0; nth < 4; nth += 1) await webhooks.after({ name: "measure" });
    for (let nth = 0; nth < 10; nth += 1) await Promise.all([ask(), ask(), ask()]);
    await webhooks.shutdown(60_000);
    return told;
  },
  /** By questions themselves: more at a time than there are descriptors. */
  async questions() {
    const { webhooks, told, ask } = await start([{ ...question, timeout: "30s" }]);
    await Promise.all(Array.from({ length: 400 }, ask));
    await webhooks.shutdown();
    return told;
  },
  /** By the servo itself, for half a second. */
  async servo() {
    const deliver = { name: "tells", events: "after:adjust", url: `${url}/slow`, secret: "s", backoff: false };
    const { webhooks, told, ask } = await start([{ ...question, payload: "{a: .event}" }, deliver]);
    const files = exhaust();
    setTimeout(() => files.forEach(closeSync), 500);
    const asked = ask();
    await webhooks.after({ name: "adjust" });
    await asked;
    await webhooks.shutdown(30_000);
    return told;
  },
  /** By the servo itself, for longer than an attempt may take. */
  async long() {
    const fields = { timeout: "300ms", backoff: { max_tries: 2, max_time: "20s" } };
    const deliver = { name: "tells", events: "after:adjust", url: `${url}/slow`, secret: "s", ...fields };
    const more = { breakerAfter: 0, breakerHold: 60_000 };
    const { webhooks, told, ask } = await start([{ ...question, ...fields }, deliver], more);
    const files = exhaust();
    for (let nth = 0; nth < 6; nth += 1) await webhooks.after({ name: "adjust" });
    await ask();
    files.forEach(closeSync);
    await webhooks.shutdown(30_000);
    return told;
  },
};

process.stdout.write(`${JSON.stringify(await cases[which]())}\n`);
process.exit();
