// Verifies requests with the official libraries. See standard_webhooks.py for the input.
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const libraries = [require("standardwebhooks"), require("svix")];

let verified = 0;
for (const { headers, body, hmac } of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  for (const key of hmac) {
    for (const { Webhook } of libraries) {
      const webhook = new Webhook(key);
      webhook.verify(body, headers);
      assert.throws(() => webhook.verify(body + " ", headers));
    }
    verified += 1;
  }
}
console.log(verified);
