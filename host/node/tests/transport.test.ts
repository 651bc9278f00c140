/** Below HTTP: "no answer" means that the responder did not answer. With the defaults any other meaning is consent. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Configuration, Connector, type EventOutcome, type Options, Webhooks } from "../dist/index.js";
import { nobody } from "./support/responder.js";
import {
  CANCEL,
  field,
  frames,
  type Identity,
  identity,
  listening,
  raw,
  requests,
  streams,
  VETO,
  veto,
} from "./support/wire.js";

const folder = mkdtempSync(join(tmpdir(), "transport-"));
const caFile = join(folder, "authority.pem");
let tls: Identity;

before(async () => {
  tls = await identity();
  writeFileSync(caFile, tls.cert);
});

after(async () => {
  rmSync(folder, { recursive: true });
  await (await Connector.builtIn()).close();
});

/** Webhooks that ask a server with the defaults. */
async function asking(url: string, fields: object = {}, options: Options = {}) {
  const list = [{ events: ["before:adjust", "after:adjust"], url, secret: "s", ...fields }];
  const webhooks = new Webhooks(await Configuration.from(list), {
    allow: ["loopback"],
    environment: {},
    logger: null,
    lookup: async () => ["127.0.0.1"],
    ...options,
  });
  return Object.assign(webhooks, { [Symbol.asyncDispose]: async () => void (await webhooks.shutdown(0)) });
}

/** What vetoes are lost of so many questions, so many at a time. */
async function lost(webhooks: Webhooks, count: number, inFlight: number, parameters: object = {}): Promise<string[]> {
  const failed: string[] = [];
  let left = count;
  const ask = async () => {
    while (left > 0) {
      left -= 1;
      const outcome = await webhooks.before({ name: "adjust", parameters });
      if (outcome.outcome !== "cancelled") failed.push(why(outcome));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, ask));
  return failed;
}

function why({ webhooks }: EventOutcome): string {
  return webhooks.map(({ outcome, error }) => `${outcome}: ${error}`).join();
}

/** In clear and over TLS. */
const WAYS = ["http", "https"] as const;

describe("a connection of HTTP/1.1", () => {
  for (const way of WAYS) {
    const secured = () => (way === "https" ? tls : undefined);

    it(`that the responder closes when the next request arrives loses no veto (${way})`, async () => {
      const server = raw(
        (socket) => requests(socket, (nth) => (nth % 3 === 2 ? socket.destroy() : socket.write(VETO))),
        secured(),
      );
      await using at = await listening(server);
      await using webhooks = await asking(`${way}://hooks.example:${at.port}/`, {}, { caFile });
      assert.deepEqual(await lost(webhooks, 200, 4), []);
      assert.ok(at.opened > 10, `${at.opened} connections: none was closed`);
    });

    it(`that ends twice without a byte is no answer, and a new one that ends is none at once (${way})`, async () => {
      let asked = 0;
      const server = raw(
        (socket) =>
          requests(socket, () => {
            asked += 1;
            if (asked === 1) socket.write(VETO);
            else socket.destroy();
          }),
        secured(),
      );
      await using at = await listening(server);
      await using webhooks = await asking(`${way}://hooks.example:${at.port}/`, {}, { caFile });
      assert.equal((await lost(webhooks, 1, 1)).length, 0);
      assert.match(
        (await lost(webhooks, 1, 1)).join(),
        /no_answer: the connection was (reset|closed) before an answer/,
      );
      assert.equal(asked, 3, "sent again once");
      assert.equal((await lost(webhooks, 1, 1)).length, 1);
      assert.equal(asked, 4, "not sent again where the connection was new");
    });

    it(`is answered before it has been read, and then closed (${way})`, { timeout: 60_000 }, async () => {
      const server = raw((socket) => socket.once("data", () => socket.end(VETO, () => socket.destroy())), secured());
      await using at = await listening(server);
      await using webhooks = await asking(`${way}://hooks.example:${at.port}/`, {}, { caFile });
      assert.deepEqual(await lost(webhooks, 60, 6, { filling: "x".repeat(900_000) }), []);
    });

    it(`is answered before it has been sent, and reset while it is (${way})`, { timeout: 60_000 }, async () => {
      // What comes in is not read, so that closing resets.
      const server = raw((socket) => {
        socket.pause();
        socket.write(VETO, () => setImmediate(() => socket.destroy()));
      }, secured());
      await using at = await listening(server);
      await using webhooks = await asking(`${way}://hooks.example:${at.port}/`, {}, { caFile });
      assert.deepEqual(await lost(webhooks, 30, 3, { filling: "x".repeat(900_000) }), []);
    });
  }

  it("is kept for as long as Keep-Alive says, less what a request needs", { timeout: 30_000 }, async () => {
    const saying = (text: string) => VETO.replace("\r\n", `\r\nKeep-Alive: ${text}\r\n`);
    const cases = [
      ["timeout=0", 4, 0],
      ["timeout=1", 1, 500],
      ["max=100, timeout=2", 1, 1000],
    ] as const;
    for (const [text, connections, closes] of cases) {
      await using at = await listening(raw((socket) => requests(socket, () => socket.write(saying(text)))));
      await using webhooks = await asking(`http://127.0.0.1:${at.port}/`);
      assert.deepEqual(await lost(webhooks, 4, 1), []);
      assert.equal(at.opened, connections, text);
      const rested = performance.now();
      await at.untilOpen(0);
      const kept = performance.now() - rested;
      assert.ok(kept < closes + 500 && kept >= closes - 100, `${text}: closed after ${kept} ms`);
    }
  });
});

describe("a connection of HTTP/2", () => {
  for (const way of WAYS) {
    const secured = () => (way === "https" ? tls : undefined);
    const url = (port: number) => `${way}://hooks.example:${port}/`;
    const fields = { http_version: way === "https" ? "auto" : "2" };

    it(`that says GOAWAY below a stream loses no veto (${way})`, async () => {
      const server = streams((stream) => {
        if ((stream.id ?? 0) < 5) return veto(stream);
        stream.session?.goaway(0, (stream.id ?? 0) - 2);
        return undefined;
      }, secured());
      await using at = await listening(server);
      await using webhooks = await asking(url(at.port), fields, { caFile });
      assert.deepEqual(await lost(webhooks, 200, 4), []);
      assert.ok(at.opened > 10, `${at.opened} connections`);
    });

    it(`that says GOAWAY answers what it has taken (${way})`, async () => {
      let asked = 0;
      const server = streams((stream) => {
        asked += 1;
        stream.session?.goaway(0, stream.id);
        setTimeout(() => veto(stream), 50);
      }, secured());
      await using at = await listening(server);
      await using webhooks = await asking(url(at.port), fields, { caFile });
      assert.deepEqual(await lost(webhooks, 20, 1), []);
      assert.equal(asked, 20, "none was sent again");
    });

    it(`that refuses streams loses no veto (${way})`, async () => {
      let asked = 0;
      const server = streams((stream) => {
        asked += 1;
        if (asked % 6 === 0) veto(stream);
        // REFUSED_STREAM (RFC 9113, section 7).
        else stream.close(7);
      }, secured());
      await using at = await listening(server);
      await using webhooks = await asking(url(at.port), fields, { caFile });
      assert.deepEqual(await lost(webhooks, 20, 2), []);
    });

    it(`that is closed in the midst of its requests loses no veto (${way})`, async () => {
      let asked = 0;
      const server = streams((stream) => {
        asked += 1;
        if (asked % 5 === 4) stream.session?.destroy();
        else veto(stream);
      }, secured());
      await using at = await listening(server);
      await using webhooks = await asking(url(at.port), fields, { caFile });
      assert.deepEqual(await lost(webhooks, 50, 1), []);
    });

    it(`is answered before it has been read (${way})`, { timeout: 60_000 }, async () => {
      const server = streams((stream) => {
        veto(stream);
        stream.close(0);
      }, secured());
      await using at = await listening(server);
      await using webhooks = await asking(url(at.port), fields, { caFile });
      assert.deepEqual(await lost(webhooks, 60, 6, { filling: "x".repeat(900_000) }), []);
    });

    it(`is closed after an answer to what has not been read (${way})`, { timeout: 60_000 }, async () => {
      const server = streams((stream) => {
        stream.respond({ ":status": 200, "content-type": CANCEL });
        const { session } = stream;
        stream.end('{"reason":"veto"}', () => session?.destroy());
      }, secured());
      await using at = await listening(server);
      await using webhooks = await asking(url(at.port), fields, { caFile });
      assert.deepEqual(await lost(webhooks, 60, 1, { filling: "x".repeat(900_000) }), []);
    });
  }

  it("takes bodies of which many are larger together than what Node.js takes by default", {
    timeout: 60_000,
  }, async () => {
    let bytes = 0;
    const server = streams((stream) => {
      stream.on("data", (chunk) => {
        bytes += chunk.length;
      });
      stream.on("end", () => veto(stream));
    });
    await using at = await listening(server);
    const options = { maxEvent: 16 << 20 };
    await using webhooks = await asking(`http://127.0.0.1:${at.port}/`, { http_version: "2", timeout: "30s" }, options);
    assert.deepEqual(await lost(webhooks, 4, 4, { filling: "x".repeat(12 << 20) }), []);
    assert.ok(bytes > 4 * (12 << 20));
  });

  it("that refuses for ever costs little, and is no answer in time", async () => {
    let asked = 0;
    const server = streams((stream) => {
      asked += 1;
      stream.close(7);
    });
    await using at = await listening(server);
    await using webhooks = await asking(`http://127.0.0.1:${at.port}/`, { http_version: "2", timeout: "1s" });
    assert.match((await lost(webhooks, 1, 1)).join(), /no_answer: no answer within 1s/);
    // 3 at once, then after 10, 20, 40, 80, 160 and 250 ms again and again.
    assert.ok(asked >= 4 && asked <= 14, `${asked} requests`);
  });

  it("is shared by requests", async () => {
    const waiting: (() => void)[] = [];
    const server = streams((stream) => {
      waiting.push(() => veto(stream));
      if (waiting.length === 20) for (const answer of waiting) answer();
    });
    await using at = await listening(server);
    await using webhooks = await asking(`http://127.0.0.1:${at.port}/`, { http_version: "2" });
    assert.deepEqual(await lost(webhooks, 20, 20), []);
    assert.equal(at.opened, 1);
  });

  it("with a server that speaks 1.1 says what is wrong", async () => {
    await using at = await listening(raw((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
    await using webhooks = await asking(`http://127.0.0.1:${at.port}/`, { http_version: "2" });
    assert.match(
      (await lost(webhooks, 1, 1)).join(),
      /does not speak HTTP\/2, and http_version is 2: write auto or 1\.1/,
    );
  });
});

describe("behind nginx", { skip: spawnSync("nginx", ["-v"]).error ? "nginx is not installed" : false }, () => {
  for (const [version, listen] of [
    ["1.1", ""],
    ["2", " http2"],
  ] as const) {
    it(`that ends connections after ten requests no veto is lost, HTTP/${version}`, { timeout: 60_000 }, async () => {
      const { port } = new URL(await nobody());
      const file = join(folder, `nginx-${version}`);
      const lines = [
        `daemon off; master_process off; pid ${file}.pid; error_log /dev/null; events {}`,
        "http { access_log off; keepalive_requests 10;",
        ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path ${folder}/${of};`),
        `server { listen 127.0.0.1:${port}${listen}; location / { default_type ${CANCEL};`,
        `return 200 '{"reason":"veto"}'; } } }`,
      ];
      writeFileSync(file, lines.join("\n"));
      const nginx = spawn("nginx", ["-c", file], { stdio: "ignore" });
      try {
        await using webhooks = await asking(`http://127.0.0.1:${port}/`, { http_version: version });
        while ((await lost(webhooks, 1, 1)).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
        assert.deepEqual(await lost(webhooks, 1000, 20), []);
      } finally {
        nginx.kill("SIGKILL");
        await once(nginx, "exit");
      }
    });
  }
});

describe("an answer", () => {
  /** What becomes of one question. */
  async function question(server: Server, fields: object = {}): Promise<string> {
    await using at = await listening(server);
    await using webhooks = await asking(`http://127.0.0.1:${at.port}/`, { timeout: "2s", ...fields });
    const { outcome, webhooks: all } = await webhooks.before({ name: "adjust" });
    return outcome === "cancelled" ? outcome : (all[0]?.outcome ?? "");
  }

  const head = (status: string) => `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`;
  for (const status of ["099", "000", "20", "2000", "2x0", "+200", "-200", "", "2\xff0", "65736", "20 0"]) {
    it(`with the status ${JSON.stringify(status)} is none (HTTP/1.1)`, async () => {
      const server = raw((socket) => socket.once("data", () => socket.end(head(status), "latin1")));
      assert.equal(await question(server), "no_answer");
    });
  }

  for (const [what, blocks] of [
    ["the status 099", [field(":status", "099")]],
    ["the status 2\\xff0", [field(":status", "2\xff0")]],
    ["the status 65736", [field(":status", "65736")]],
    ["the status 20", [field(":status", "20")]],
    ["an empty status", [field(":status", "")]],
    ["no status", [field("content-length", "0")]],
    ["an empty header block", [Buffer.alloc(0)]],
    ["500 and then 200", [field(":status", "500"), field(":status", "200")]],
  ] as const) {
    it(`with ${what} is no consent (HTTP/2)`, async () => {
      assert.equal(await question(frames([...blocks]), { http_version: "2" }), "no_answer");
    });
  }

  it("of the statuses 299 and 999 is one", async () => {
    const says = (status: string) => raw((socket) => socket.once("data", () => socket.end(head(status))));
    assert.equal(await question(says("299")), "proceeded");
    await using at = await listening(says("999"));
    await using webhooks = await asking(`http://127.0.0.1:${at.port}/`);
    assert.equal((await webhooks.before({ name: "adjust" })).webhooks[0]?.status, 999);
  });

  for (const type of [`${CANCEL}; x=\xff`, `${CANCEL}; x="\xe4\xf6"`, `${CANCEL};\xff`]) {
    it(`cancels whatever else its content type holds: ${JSON.stringify(type.slice(CANCEL.length))}`, async () => {
      const text = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: 2\r\n\r\n{}`;
      assert.equal(await question(raw((socket) => socket.once("data", () => socket.end(text, "latin1")))), "cancelled");
      const block = Buffer.concat([field(":status", "200"), field("content-type", type)]);
      assert.equal(await question(frames([block]), { http_version: "2" }), "cancelled");
    });
  }
});
