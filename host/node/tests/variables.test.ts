/** What the environment says, and what is pointed out in it and in configurations. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Configuration, ConfigurationError, type Logger, Webhooks } from "../dist/index.js";
import { settingsOf } from "../dist/options.js";
import type { Allow } from "../dist/outbound/egress.js";
import { nearest } from "../dist/suggestion.js";
import { unknownVariables } from "../dist/variables.js";
import { Responder } from "./support/responder.js";

const folder = mkdtempSync(join(tmpdir(), "variables-"));
after(() => rmSync(folder, { recursive: true }));

const CANCEL = { "Content-Type": "application/vnd.opsani.servo.errors.EventCancelledError+json" };
const GOOD = { events: "after:measure", url: "https://hooks.example/p", secret: "s" };

function allowed(text: string): Allow {
  return settingsOf({ environment: { SERVO_WEBHOOKS_ALLOW: text } }).allow;
}

async function problems(fields: object, environment: Record<string, string> = {}): Promise<string[]> {
  const found = await Configuration.from([{ ...GOOD, ...fields }], { environment, folder }).catch((error: unknown) => {
    assert.ok(error instanceof ConfigurationError);
    return error;
  });
  return found.problems.map(({ severity, path, message }) => `${severity}: ${path}: ${message}`);
}

function collected(): [Logger, { level: string; message: string; fields: object }[]] {
  const lines: { level: string; message: string; fields: object }[] = [];
  const take = (level: string) => (message: string, fields: object) => void lines.push({ level, message, fields });
  return [{ debug: take("debug"), info: take("info"), warn: take("warn"), error: take("error") }, lines];
}

describe("what is allowed", () => {
  it("has words in any case, and an empty variable is as good as none", () => {
    for (const text of ["Loopback", " LOOPBACK ", "private,loopback", "responder.,, Loopback"]) {
      allowed(text).check("a", "127.0.0.1");
    }
    for (const text of ["", " ", " , "]) assert.throws(() => allowed(text).check("a", "127.0.0.1"), /loopback/);
  });

  it("is the option's alone, if that is given", () => {
    const settings = settingsOf({ allow: ["private"], environment: { SERVO_WEBHOOKS_ALLOW: "loopback" } });
    settings.allow.check("a", "10.0.0.1");
    assert.throws(() => settings.allow.check("a", "127.0.0.1"));
  });

  it("is no misspelt word", () => {
    const words = [
      ["privat", "private"],
      ["Privte", "private"],
      ["pirvate", "private"],
      ["loop-bak", "loopback"],
    ];
    for (const [item = "", meant] of words) {
      const message = `SERVO_WEBHOOKS_ALLOW: "${item}" is not known; did you mean "${meant}"? For a host of that name write "${item}."`;
      assert.throws(() => allowed(item), { name: "TypeError", message });
      assert.ok(allowed(`${item}.`).names(item));
    }
  });

  it("is asked about where a name has no dot", () => {
    const allow = allowed("responder, localhost, LOCALHOST, web., a.b");
    assert.deepEqual(allow.warnings, [
      'SERVO_WEBHOOKS_ALLOW: "responder" is taken as a host name; write "responder." to say so',
    ]);
    for (const name of ["responder", "localhost", "web", "a.b"]) assert.ok(allow.names(name));
    assert.throws(() => settingsOf({ allow: ["a b"] }), {
      message: 'the option allow: "a b" is not a CIDR, an address, a host name, "private" or "loopback"',
    });
  });
});

describe("variables with our prefix", () => {
  it("that nobody knows are pointed out", () => {
    const environment = {
      SERVO_WEBHOOKS_ALLOW: "",
      SERVO_WEBHOOKS_SECRET: "x",
      SERVO_WEBHOOKS_ALOW: "x",
      SERVO_WEBHOOKS_LOG: "x",
      SERVO_NAME: "x",
    };
    assert.deepEqual(unknownVariables(environment, new Set(["SERVO_WEBHOOKS_SECRET"])), [
      "the environment variable SERVO_WEBHOOKS_ALOW is not known; did you mean SERVO_WEBHOOKS_ALLOW?",
      "the environment variable SERVO_WEBHOOKS_LOG is not known; this host has SERVO_WEBHOOKS_ALLOW and SERVO_WEBHOOKS_SOURCE",
    ]);
  });

  it("are looked at when webhooks start", async () => {
    const [logger, lines] = collected();
    const environment = { SERVO_WEBHOOKS_ALLOW: "web", SERVO_WEBHOOKS_SORCE: "x", SERVO_WEBHOOKS_KEY: "s" };
    const list = [{ ...GOOD, secret: { env: "SERVO_WEBHOOKS_KEY" } }];
    const webhooks = new Webhooks(await Configuration.from(list, { environment }), { environment, logger });
    await webhooks.shutdown(0);
    assert.deepEqual(
      lines.map(({ message }) => message),
      [
        'SERVO_WEBHOOKS_ALLOW: "web" is taken as a host name; write "web." to say so',
        "the environment variable SERVO_WEBHOOKS_SORCE is not known; did you mean SERVO_WEBHOOKS_SOURCE?",
      ],
    );
  });

  it("are compared with what is known", () => {
    const known = ["adjust", "measure", "describe"];
    const words = {
      mesure: "measure",
      Measrue: "measure",
      adjsut: "adjust",
      deploy: undefined,
      ["x".repeat(999)]: undefined,
    };
    for (const [word, meant] of Object.entries(words)) assert.equal(nearest(word, known), meant);
  });
});

describe("a secret", () => {
  it("is no placeholder", async () => {
    const forms = {
      "${SECRET}": "{env: SECRET}",
      "${SECRET:-none}": "{env: SECRET}",
      " ${ SECRET }\n": "{env: SECRET}",
      $SECRET: "{env: SECRET}",
      "$(SECRET)": "{env: SECRET}",
      "$(cat /run/secret)": "{env: NAME}",
      "{{ SECRET }}": "{env: SECRET}",
      "{{ .Values.secret }}": "{env: NAME}",
      "env:SECRET": "{env: SECRET}",
      "env: SECRET": "{env: SECRET}",
      "file:/run/hunter2": "{file: PATH}",
      $hunter2: "{env: NAME}",
      "${}": "{env: NAME}",
    };
    for (const [secret, write] of Object.entries(forms)) {
      const message =
        `looks like a placeholder, which is not expanded; write ${write} ` +
        "(if the secret really is this text, put it into a variable or a file)";
      assert.deepEqual(await problems({ secret }), [`error: webhooks[0].secret: ${message}`]);
      assert.deepEqual(await problems({ secret: ["s", secret] }), [`error: webhooks[0].secret[1]: ${message}`]);
      assert.deepEqual(await problems({ secret: { env: "A" } }, { A: secret.trim() }), []);
    }
    // biome-ignore lint/suspicious/noTemplateCurlyInString: they are meant.
    for (const secret of ["pa$$word${x}!", "$5", "env:", "a ${SECRET}", "${a}${b}", "file: a b", "{SECRET}"]) {
      assert.deepEqual(await problems({ secret }), []);
    }
  });

  it("that spans lines is warned of", async () => {
    writeFileSync(join(folder, "fine"), "s\n");
    writeFileSync(join(folder, "key"), "s\nt\n");
    const secret = ["a\n", { env: "KEY" }, { file: "key" }, { file: "fine" }];
    const why = "holds a line end, which is part of the secret;";
    assert.deepEqual(await problems({ secret, headers: { "X-A": { env: "H" } } }, { KEY: "hunter2\r\n", H: "a" }), [
      `warning: webhooks[0].secret[0]: ${why} write it on one line, or begin the block with |-`,
      `warning: webhooks[0].secret[1]: the environment variable \`KEY\` ${why} set it without one`,
      "warning: webhooks[0].secret[2]: the file `key` holds a line end that is not its last, which is part of the secret; remove it",
    ]);
  });
});

describe("an event whose name nobody knows", () => {
  it("is pointed out, once for each name", async () => {
    const [logger, lines] = collected();
    await using responder = await Responder.start();
    const list = [
      { ...GOOD, events: ["*:*"], url: `${responder.origin}/` },
      { ...GOOD, events: "after:rollout", url: `${responder.origin}/` },
    ];
    const configuration = await Configuration.from(list, { environment: {}, events: ["deploy"] });
    const webhooks = new Webhooks(configuration, { allow: ["loopback"], environment: {}, logger });
    const warnings = ['no known event has the name "mesure"; did you mean "measure"?'];
    assert.deepEqual((await webhooks.before({ name: "mesure" })).warnings, warnings);
    const done = await webhooks.dispatch({ name: "mesure" }, () => ({ value: 1 }));
    assert.ok(!done.cancelled);
    assert.deepEqual([done.before.warnings, done.after.warnings], [warnings, warnings]);
    assert.deepEqual((await webhooks.after({ name: "xyz" })).warnings, ['no known event has the name "xyz"']);
    for (const name of ["measure", "deploy", "rollout"]) {
      assert.ok(!("warnings" in (await webhooks.before({ name }))), name);
    }
    await webhooks.shutdown();
    const said = lines.filter(({ message }) => message.startsWith("no known event"));
    assert.deepEqual(
      said.map(({ message }) => message),
      [...warnings, 'no known event has the name "xyz"'],
    );
  });
});

describe("a clock before 1970", () => {
  it("breaks nothing", async (context) => {
    await using responder = await Responder.start({ "/": [{ headers: CANCEL }, {}] });
    const list = [{ ...GOOD, events: ["before:adjust", "after:adjust"], url: `${responder.origin}/` }];
    const webhooks = new Webhooks(await Configuration.from(list, { environment: {} }), {
      allow: ["loopback"],
      environment: {},
      logger: null,
    });
    context.mock.method(Date, "now", () => -1e12);
    assert.equal((await webhooks.before({ name: "adjust" })).outcome, "cancelled");
    assert.equal((await webhooks.after({ name: "adjust" })).outcome, "accepted");
    await webhooks.idle();
    assert.equal(responder.requests.length, 2);
    await webhooks.shutdown();
  });
});

describe("what is lost", () => {
  it("is logged with its ids", async () => {
    const [logger, lines] = collected();
    await using gone = await Responder.start({ "/": [{ status: 410 }] });
    await using hangs = await Responder.start({ "/": [{ hang: true }] });
    const list = [
      { ...GOOD, name: "gone", events: ["after:measure", "before:measure"], url: `${gone.origin}/` },
      { ...GOOD, name: "hangs", url: `${hangs.origin}/`, timeout: "50s" },
    ];
    const options = { allow: ["loopback"], environment: {}, logger, maxWaiting: 2 };
    const webhooks = new Webhooks(await Configuration.from(list, { environment: {} }), options);
    const settled = new Promise((resolve) => webhooks.once("delivery", resolve));
    await webhooks.after({ name: "measure", id: "after-0" });
    await settled;
    await webhooks.after({ name: "measure", id: "after-1" });
    await webhooks.before({ name: "measure", id: "before-1" });
    assert.equal(await webhooks.shutdown(50), 1);
    const off = "switched off until a reload or restart: it answered 410 Gone";
    const full = `the queue for ${hangs.origin} is full: 1 deliveries are waiting`;
    const measure = "after:measure";
    const said = lines.filter(({ level }) => level === "warn");
    const shown = said.map(({ message, fields }) => {
      const { webhook, event, id, delivery, error } = fields as Record<string, string>;
      return [message, webhook, event, id, delivery === undefined ? "" : "delivery", error];
    });
    const [first, ...others] = shown;
    assert.deepEqual(first?.slice(0, 5), ["failed", "gone", measure, "after-0", "delivery"]);
    assert.deepEqual(others, [
      ["failed", "gone", measure, "after-1", "delivery", off],
      ["rejected", "hangs", measure, "after-1", "", full],
      ["no answer before the event", "gone", "before:measure", "before-1", "", off],
      ["undelivered", "hangs", measure, "after-0", "delivery", "no answer before the end"],
    ]);
  });
});
