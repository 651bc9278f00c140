/** How the service takes events: who may hand them in, what is refused, and what it remembers. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Responder } from "../support/responder.js";
import { Service } from "../support/service.js";

const LOCAL = { SERVO_WEBHOOKS_BOUND: "loopback" };
const EVENT = '{"event": "after:measure", "id": "1"}';

function configured(webhooks: unknown, more: Record<string, string> = LOCAL): Promise<Service> {
  return Service.start({ SERVO_WEBHOOKS_CONFIG: JSON.stringify(webhooks), ...more });
}

function webhook(responder: Responder, more: object = {}): object {
  return { name: "store", events: "after:measure", url: `${responder.origin}/store`, secret: "s", ...more };
}

async function refusal(response: Response): Promise<[number, string]> {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const { title, status, detail } = (await response.json()) as { title: string; status: number; detail: string };
  assert.ok(title);
  assert.equal(status, response.status);
  return [status, detail];
}

describe("who may hand in events", () => {
  it("whoever brings the token", async () => {
    await using service = await configured([], { SERVO_WEBHOOKS_TOKEN: "t0ken" });
    const unauthorized = await service.post(EVENT);
    assert.equal(unauthorized.headers.get("www-authenticate"), "Bearer");
    assert.equal((await refusal(unauthorized))[0], 401);
    const wrong = await refusal(await service.post(EVENT, { Authorization: "Bearer t0kem" }));
    assert.deepEqual(wrong, [401, "wrong token"]);
    assert.equal((await service.post(EVENT, { Authorization: "bearer t0ken" })).status, 202);
  });

  it("nobody, where nothing is said", async () => {
    await using service = await configured([], {});
    const [status, detail] = await refusal(await service.post(EVENT));
    assert.equal(status, 503);
    assert.match(detail, /SERVO_WEBHOOKS_TOKEN/);
  });

  it("no web page, without a token", async () => {
    await using service = await configured([]);
    assert.equal((await refusal(await service.post(EVENT, { Origin: "https://example.com" })))[0], 403);
    assert.equal((await service.post(EVENT)).status, 202);
  });
});

describe("what is refused", () => {
  it("says what to do", async () => {
    await using service = await configured([]);
    const at = (path: string, method: string) => fetch(service.origin + path, { method });
    assert.equal((await at("/events", "GET")).headers.get("allow"), "POST");
    assert.equal((await at("/events", "PUT")).status, 405);
    assert.equal((await at("/health", "POST")).headers.get("allow"), "GET, HEAD");
    assert.equal((await at("/health", "HEAD")).status, 200);
    assert.deepEqual(await refusal(await at("/", "GET")), [404, "not found; use POST /events or GET /health"]);
    assert.equal((await refusal(await service.post(EVENT, { "Content-Type": "text/plain" })))[0], 415);
    for (const [body, says] of [
      ["{", /EOF/],
      ['{"event": "after:a", "event": "after:a"}', /duplicate/],
      ['{"event": "after:a", "results": [{"connector": "p", "value": 1, "value": 1}]}', /duplicate/],
      ['{"event": "after:a", "parameters": {"x": NaN}}', /expected value, at column/],
      ['{"event": "before:a", "results": []}', /no results/],
      ['{"channel": "a"}', /content_type/],
      ['[{"event": "after:a"}]', /JSON array/],
      [
        '{"event": "after:a", "source": "web"}',
        /has no name; set SERVO_WEBHOOKS_SOURCE to "web", or leave "source" out/,
      ],
      ['{"event": "after:a", "webhook": "b"}', /no webhook "b" is configured/],
      ['{"event": "after:a", "created_at": "-000001-01-01T00:00:00Z"}', /years 0000 to 9999/],
    ] as const) {
      const [status, detail] = await refusal(await service.post(body));
      assert.equal(status, 400, body);
      assert.match(detail, says);
    }
  });

  it("is too long", async () => {
    await using service = await configured([]);
    const event = (bytes: number) => JSON.stringify({ event: "before:a", parameters: { x: "x".repeat(bytes - 8) } });
    assert.equal((await service.post(event(1 << 20))).status, 200);
    assert.match((await refusal(await service.post(event((1 << 20) + 1))))[1], /1048577 bytes, and 1048576/);
    assert.match((await refusal(await service.post(event(1 << 21))))[1], /longer than 2097152 bytes/);
  });
});

describe("a configuration that cannot be used", () => {
  for (const [name, text, says] of [
    ["is not there", undefined, /SERVO_WEBHOOKS_CONFIG: is not set/],
    ["is no JSON", "[hunter2]", /not JSON, at line 1/],
    ["has a key twice", '[{"url": "hunter2", "url": "hunter2"}]', /a key stands twice, at line 1/],
    ["is no list", "{}", /no list of webhooks/],
    ["has an unknown key", '[{"hunter2=": 1}]', /webhooks\[0\]/],
  ] as const) {
    it(name, async () => {
      await using service = await Service.start({ ...LOCAL, ...(text ? { SERVO_WEBHOOKS_CONFIG: text } : {}) });
      assert.equal((await refusal(await service.post(EVENT)))[0], 503);
      assert.equal((await fetch(`${service.origin}/health`)).status, 503);
      await service.end();
      assert.match(service.errors().join(), says);
      assert.doesNotMatch(service.errors().join(), /hunter2/);
    });
  }

  it("says all at once, settings too", async () => {
    await using service = await configured([{}], { ...LOCAL, SERVO_WEBHOOKS_BEFORE_BUDGET: "soon" });
    assert.equal((await service.post(EVENT)).status, 503);
    await service.end();
    assert.match(service.errors().join(), /BEFORE_BUDGET.*url.*secret|BEFORE_BUDGET.*secret.*url/);
  });
});

describe("deliveries", () => {
  it("are made after the answer", async () => {
    await using responder = await Responder.start({ "/store": [{ hang: true }] });
    await using service = await configured([webhook(responder, { timeout: "1h", backoff: false })]);
    assert.equal((await service.post(EVENT)).status, 202);
    await responder.until(() => responder.requests.length === 1);
    responder.closeConnections();
    await service.untilLines("delivery", 1);
    assert.equal(service.lines("delivery")[0]?.outcome, "failed");
  });

  it("are not made to an endpoint that is gone, as long as the instance lives", async () => {
    await using responder = await Responder.start({ "/store": [{ status: 410 }] });
    await using service = await configured([webhook(responder)]);
    assert.equal((await service.post(EVENT)).status, 202);
    const second = await service.post(EVENT);
    assert.equal(second.status, 503);
    assert.equal(second.headers.get("retry-after"), "1");
    const outcome = (await second.json()) as { outcome: string; webhooks: { outcome: string }[] };
    assert.equal(outcome.outcome, "rejected");
    assert.equal(outcome.webhooks[0]?.outcome, "switched_off");
    await service.untilLines("delivery", 2);
    assert.equal(responder.requests.length, 1);
  });

  it("wait for the breaker of an endpoint that has failed, as long as the instance lives", async () => {
    const down = Array.from({ length: 5 }, () => ({ status: 503 }));
    await using responder = await Responder.start({ "/store": [...down, { status: 200 }] });
    const breaker = { SERVO_WEBHOOKS_BREAKER_AFTER: "0", SERVO_WEBHOOKS_BREAKER_HOLD: "1s" };
    await using service = await configured([webhook(responder, { backoff: false })], { ...LOCAL, ...breaker });
    for (let count = 1; count <= 5; count++) {
      assert.equal((await service.post(EVENT)).status, 202);
      await service.untilLines("delivery", count);
    }
    assert.equal((await service.post(EVENT)).status, 202);
    await service.untilLines("delivery", 6);
    const [last] = service.lines("delivery").slice(-1);
    assert.equal(last?.outcome, "delivered");
    assert.equal(last?.attempts, 1);
    assert.ok(Number(last?.elapsed_ms) >= 900, `it was not held: ${last?.elapsed_ms} ms`);
    assert.equal(responder.requests.length, 6);
    await service.end();
    const said = service.errors().join("\n");
    assert.match(said, /breaker opened: 5 events in a row failed.*breaker closed/s);
  });

  it("say neither secrets nor whole URLs when they fail", async () => {
    await using responder = await Responder.start({ "/store?token=hunter2": [{ close: true }] });
    const url = `${responder.origin}/store?token=hunter2`;
    const headers = { Authorization: "hunter2" };
    await using service = await configured([webhook(responder, { url, headers, secret: "hunter2", backoff: false })]);
    await service.post(EVENT);
    await service.untilLines("delivery", 1);
    await service.end();
    const said = JSON.stringify([service.lines("delivery"), service.errors()]);
    assert.match(said, /was not delivered/);
    assert.doesNotMatch(said, /hunter2/);
  });
});
