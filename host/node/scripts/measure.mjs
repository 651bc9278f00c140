/** Measures what calls of the component and deliveries cost, on this machine, at this moment: read them as ratios. */

import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { Configuration, Connector, Webhooks } from "../dist/index.js";

const foreign = await Connector.load(fileURLToPath(new URL("../generated/component.wasm", import.meta.url)));
const builtIn = await Connector.builtIn();
const event = {
  name: "after:measure",
  id: "i",
  created: "2026-11-23T11:23:42+00:00",
  parameters: "{}",
  results: JSON.stringify([{ connector: "p", value: "x".repeat(700) }]),
};
const list = (more) => [{ events: ["before:a", "after:measure"], url: "https://example.com/", secret: "s", ...more }];

async function time(what, count, step) {
  await step();
  const start = performance.now();
  for (let nth = 0; nth < count; nth += 1) await step();
  console.warn(`${what}: ${(((performance.now() - start) / count) * 1000).toFixed(0)} us`);
}

const { shape, after } = (await Configuration.from(list())).webhooks[0];
const expression = (await Configuration.from(list({ payload: "{text: .event}" }))).webhooks[0].shape;
for (const [name, connector, count] of [
  ["in this thread", builtIn, 2000],
  ["from elsewhere, in a worker, a fresh instance each", foreign, 50],
]) {
  const attempt = { number: 1, elapsed: 1n, now: 1n, outcome: { tag: "answer", val: { status: 200, headers: [] } } };
  const context = { delivery: "d", attempt: 1, now: 1n };
  await time(`render, ${name}`, count, () => connector.render(shape, { tag: "event", val: event }, 800));
  await time(`sign, ${name}`, count, () => connector.sign("", ["s"], context, { tag: "text", val: "x".repeat(800) }));
  await time(`judge, ${name}`, count, () => connector.judge(after.policy, attempt));
}
await time("render an expression, in a worker that is warm", 1000, () =>
  builtIn.render(expression, { tag: "event", val: event }, 800),
);
await foreign.close();

const server = createServer((request, response) => request.resume().on("end", () => response.end()));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
const webhooks = new Webhooks(await Configuration.from(list({ url })), { allow: ["loopback"], environment: {} });
await time("before an event, a responder in this thread", 500, () => webhooks.before({ name: "a" }));
const count = 5000;
const start = performance.now();
for (let nth = 0; nth < count; nth += 1) await webhooks.after({ name: "measure", parameters: { nth } });
const accepted = performance.now() - start;
await webhooks.shutdown(60_000);
const seconds = (performance.now() - start) / 1000;
console.warn(`accepting an event after it happened: ${((accepted / count) * 1000).toFixed(0)} us`);
console.warn(`deliveries to a responder in this thread: ${(count / seconds).toFixed(0)} a second`);
server.closeAllConnections();
server.close();
await builtIn.close();
