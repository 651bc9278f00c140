/**
 * A servo in a process of its own, told by its arguments what to ask: a URL, how often, and fields of the webhook in
 * JSON. It says `ready`, asks when it is told to, and writes what each question came to.
 */

import { Configuration, Webhooks } from "../../dist/index.js";

const [url = "", count = "1", fields = "{}"] = process.argv.slice(2);
const list = [{ events: "before:adjust", url, secret: "s", ...JSON.parse(fields) }];
const webhooks = new Webhooks(await Configuration.from(list), { allow: ["loopback"], environment: {}, logger: null });
const states = [];
webhooks.on("breaker", ({ state }) => states.push(state));
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
for (let nth = 0; nth < Number(count); nth += 1) {
  const { outcome, webhooks: all } = await webhooks.before({ name: "adjust" });
  process.stdout.write(`${JSON.stringify({ outcome, error: all[0]?.error, states })}\n`);
}
await webhooks.shutdown(0);
process.exit();
