/** The way out: TLS, HTTP/2, proxies, names that change, responders that do their worst. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { generate } from "selfsigned";
import { Configuration, Connector, type DeliveryOutcome, type Options, Webhooks } from "../dist/index.js";
import { Responder } from "./support/responder.js";

const SECRET = "s3cret-path";
const caFile = join(tmpdir(), `authority-${process.pid}.pem`);
let tls: { key: string; cert: string };

before(async () => {
  const altNames = [{ type: 2 as const, value: "hooks.example" }];
  const made = await generate([{ name: "commonName", value: "hooks.example" }], {
    keySize: 2048,
    extensions: [{ name: "subjectAltName", altNames }],
  });
  tls = { key: made.private, cert: made.cert };
  writeFileSync(caFile, made.cert);
});

after(async () => (await Connector.builtIn()).close());

/** Listens on loopback until the test is over. */
async function listen(server: Server): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends one event, once; what became of it. No error may repeat the path. */
async function deliver(url: string, options: Options = {}, fields: object = {}): Promise<DeliveryOutcome> {
  const webhook = {
    events: "after:measure",
    url: `${url}/${SECRET}?token=${SECRET}`,
    secret: "s",
    backoff: false,
    ...fields,
  };
  const webhooks = new Webhooks(await Configuration.from([webhook]), {
    allow: ["loopback"],
    environment: {},
    logger: null,
    lookup: async () => ["127.0.0.1"],
    ...options,
  });
  const settled = new Promise<DeliveryOutcome>((resolve) => webhooks.once("delivery", resolve));
  await webhooks.after({ name: "measure" });
  await webhooks.shutdown(60_000);
  const outcome = await settled;
  assert.ok(!JSON.stringify(outcome).includes(SECRET), outcome.error ?? "");
  return outcome;
}

describe("TLS", () => {
  it("speaks HTTP/2 or 1.1 by ALPN, or the one that is asked for", async () => {
    const versions: string[] = [];
    const server = createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => {
      versions.push(request.httpVersion);
      response.end();
    });
    await using at = await listen(server);
    for (const version of ["auto", "1.1", "2"]) {
      const url = `https://hooks.example:${at.port}`;
      const { outcome, error } = await deliver(url, { caFile }, { http_version: version });
      assert.equal(outcome, "delivered", error ?? "");
    }
    assert.deepEqual(versions, ["2.0", "1.1", "2.0"]);
  });

  it("is refused where the other side cannot prove its name", async () => {
    await using at = await listen(createHttps(tls, (_, response) => response.end()));
    const cases: [string, Options, object, RegExp][] = [
      ["hooks.example", {}, {}, /TLS handshake failed: certificate of an unknown issuer/],
      ["other.example", { caFile }, {}, /certificate not valid for name "other.example"/],
      ["127.0.0.1", { caFile }, {}, /certificate not valid for name "127.0.0.1"/],
      [
        "hooks.example",
        { caFile },
        { http_version: "2" },
        /offers none of the HTTP versions asked for.*http_version: auto/,
      ],
    ];
    for (const [host, options, fields, says] of cases) {
      const { outcome, error } = await deliver(`https://${host}:${at.port}`, options, fields);
      assert.equal(outcome, "failed");
      assert.match(error ?? "", says);
    }
  });

  it("trusts whom the CA file names now, once the configuration was replaced", async () => {
    const file = join(tmpdir(), `authorities-${process.pid}.pem`);
    const other = await generate([{ name: "commonName", value: "other.example" }], { keySize: 2048 });
    writeFileSync(file, other.cert);
    await using at = await listen(createHttps(tls, (_, response) => response.end()));
    const list = [{ events: "before:measure", url: `https://hooks.example:${at.port}/`, secret: "s" }];
    const webhooks = new Webhooks(await Configuration.from(list), {
      allow: ["loopback"],
      environment: {},
      logger: null,
      lookup: async () => ["127.0.0.1"],
      caFile: file,
    });
    const ask = async () => (await webhooks.before({ name: "measure" })).webhooks[0];
    assert.match((await ask())?.error ?? "", /unknown issuer/);
    writeFileSync(file, "nothing");
    const next = await Configuration.from(list);
    assert.throws(() => webhooks.reload(next), { name: "ClientError", message: /CA file/ });
    assert.notEqual(webhooks.configuration, next);
    writeFileSync(file, tls.cert);
    webhooks.reload(next);
    assert.equal((await ask())?.outcome, "proceeded");
    writeFileSync(file, other.cert);
    webhooks.reload(await Configuration.from(list));
    assert.match((await ask())?.error ?? "", /unknown issuer/, "no connection of before is used");
    await webhooks.shutdown();
    rmSync(file);
  });

  it("is not taken for something else", async () => {
    await using plain = await Responder.start();
    const { error } = await deliver(plain.origin.replace("http:", "https:"));
    assert.match(error ?? "", /^TLS handshake failed: /);
  });
});

describe("a name", () => {
  it("is looked up for each connection, and each time vetted", async () => {
    await using responder = await Responder.start();
    const { port } = new URL(responder.origin);
    const answers = [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["169.254.169.254"]];
    for (const [nth, addresses] of answers.entries()) {
      let lookups = 0;
      const lookup = async () => {
        lookups += 1;
        return addresses;
      };
      const { error, attempts } = await deliver(`http://turns.example:${port}`, { allow: [], lookup });
      assert.match(error ?? "", /turns\.example has the address .* allow it with/, String(nth));
      assert.deepEqual([lookups, attempts], [1, 1], "refused before a connection, and not tried again");
    }
    assert.equal(responder.requests.length, 0);
    assert.equal((await deliver(`http://turns.example:${port}`, { allow: ["turns.example"] })).outcome, "delivered");
  });

  it("with a dead address is reached at a living one", async () => {
    await using responder = await Responder.start();
    const { port } = new URL(responder.origin);
    const lookup = async () => ["127.0.0.2", "127.0.0.1"];
    assert.equal((await deliver(`http://two.example:${port}`, { lookup })).outcome, "delivered");
  });

  it("with an address that swallows packets is reached at another one in time", { timeout: 30_000 }, async (test) => {
    // A process that stands still takes as many connections as its queue holds, and drops what comes then.
    const listener =
      "require('net').createServer().listen({ host: '127.0.0.2', port: 0, backlog: 1 }, function () { console.log(this.address().port) })";
    const child = spawn(process.execPath, ["-e", listener], { stdio: ["ignore", "pipe", "inherit"] });
    const sockets: Socket[] = [];
    try {
      const [line] = await once(child.stdout, "data");
      const port = Number(line);
      child.kill("SIGSTOP");
      for (let swallowed = false; !swallowed && sockets.length < 50; ) {
        const socket = connect(port, "127.0.0.2").on("error", () => {});
        sockets.push(socket);
        const timer = AbortSignal.timeout(300);
        swallowed = !(await once(socket, "connect", { signal: timer }).then(
          () => true,
          () => false,
        ));
      }
      if (sockets.length === 50) return test.skip("the system takes every connection");
      const server = createHttp((request, response) => request.resume().on("end", () => response.end()));
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      const lookup = async () => ["127.0.0.2", "127.0.0.1"];
      const { outcome, error } = await deliver(`http://two.example:${port}`, { lookup }, { timeout: "1500ms" });
      server.close();
      assert.equal(outcome, "delivered", error ?? "");
    } finally {
      for (const socket of sockets) socket.destroy();
      child.kill("SIGKILL");
    }
    return undefined;
  });

  it("that nobody answers for holds up no question about another", { timeout: 30_000 }, async () => {
    await using responder = await Responder.start();
    const { port } = new URL(responder.origin);
    // As the four threads of Node.js do it: what hangs keeps its own.
    let threads = 4;
    const waiting: (() => void)[] = [];
    const lookup = async (name: string) => {
      while (threads === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      threads -= 1;
      if (name.startsWith("dead")) await new Promise(() => {});
      threads += 1;
      waiting.shift()?.();
      return ["127.0.0.1"];
    };
    const dead = Array.from({ length: 8 }, (_, nth) => ({ events: "after:a", url: `http://dead-${nth}.example` }));
    const list = [...dead, { name: "asks", events: "before:a", url: `http://lives.example:${port}/` }];
    const webhooks = new Webhooks(await Configuration.from(list.map((one) => ({ ...one, secret: "s" }))), {
      allow: ["loopback"],
      environment: {},
      logger: null,
      lookup,
    });
    await webhooks.after({ name: "a" });
    assert.equal((await webhooks.before({ name: "a" })).webhooks[0]?.outcome, "proceeded");
    await webhooks.shutdown(0);
  });

  it("that is none is no answer", async () => {
    const lookup = async () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
    const { error } = await deliver("http://none.example", { lookup });
    assert.equal(error, 'name lookup failed for "none.example": ENOTFOUND');
  });
});

describe("a proxy", () => {
  /** A proxy that connects to this machine whatever it is asked for, and remembers what that was. */
  function proxy(asked: string[]) {
    const server = createHttp((request, response) => {
      asked.push(`${request.method} ${request.url?.replaceAll(SECRET, "*")} ${request.headers.host}`);
      asked.push(String(request.headers["proxy-authorization"]));
      request.resume();
      response.end();
    });
    return server.on("connect", (request, socket: Socket) => {
      asked.push(`CONNECT ${request.url}`);
      const through = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        through.pipe(socket).pipe(through);
      });
      through.on("error", () => socket.destroy());
    });
  }

  it("is asked in clear by absolute URL, which names the host as Host does", async () => {
    const asked: string[] = [];
    await using at = await listen(proxy(asked));
    const environment = { HTTP_PROXY: `http://user:pass@127.0.0.1:${at.port}` };
    const lookup = async () => ["8.8.8.8"];
    assert.equal((await deliver("http://hooks.example:81", { allow: [], environment, lookup })).outcome, "delivered");
    const credentials = `Basic ${Buffer.from("user:pass").toString("base64")}`;
    assert.deepEqual(asked, ["POST http://hooks.example:81/*?token=* hooks.example:81", credentials]);
  });

  it("tunnels TLS to the host by its name", async () => {
    const asked: string[] = [];
    await using at = await listen(proxy(asked));
    await using target = await listen(createHttps(tls, (_, response) => response.end()));
    const environment = { ALL_PROXY: `127.0.0.1:${at.port}` };
    const url = `https://hooks.example:${target.port}`;
    const { outcome, error } = await deliver(url, { caFile, environment });
    assert.equal(outcome, "delivered", error ?? "");
    assert.deepEqual(asked, [`CONNECT hooks.example:${target.port}`]);
  });

  it("does not lead to what is forbidden", async () => {
    const asked: string[] = [];
    await using at = await listen(proxy(asked));
    const environment = { ALL_PROXY: `http://127.0.0.1:${at.port}` };
    for (const scheme of ["http", "https"]) {
      const { error } = await deliver(`${scheme}://hooks.example`, { allow: [], environment });
      assert.match(error ?? "", /a loopback address/);
    }
    assert.deepEqual(asked, []);
  });

  it("is asked for a name that only it knows where that is allowed by itself", async () => {
    const asked: string[] = [];
    await using at = await listen(proxy(asked));
    const environment = { ALL_PROXY: `http://127.0.0.1:${at.port}` };
    const lookup = async () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
    const url = "http://inside.example";
    const refused = await deliver(url, { environment, lookup, allow: ["private", "0.0.0.0/0"] });
    assert.match(refused.error ?? "", /inside\.example has no address here.*allow: \["inside\.example"\]/);
    assert.deepEqual(asked, []);
    assert.equal((await deliver(url, { environment, lookup, allow: ["Inside.example."] })).outcome, "delivered");
    assert.match(asked[0] ?? "", /^POST http:\/\/inside\.example\//);
  });

  it("is not asked for exceptions", async () => {
    const asked: string[] = [];
    await using at = await listen(proxy(asked));
    await using responder = await Responder.start();
    const { port } = new URL(responder.origin);
    for (const NO_PROXY of ["*", "example", ".example", "hooks.example", `x, hooks.example:${port}`]) {
      const environment = { http_proxy: `127.0.0.1:${at.port}`, NO_PROXY };
      assert.equal((await deliver(`http://hooks.example:${port}`, { environment })).outcome, "delivered", NO_PROXY);
    }
    assert.deepEqual([asked.length, responder.requests.length], [0, 5]);
    for (const NO_PROXY of ["ooks.example", "hooks.example:1", "10.0.0.0/8"]) {
      await deliver(`http://hooks.example:${port}`, { environment: { http_proxy: `127.0.0.1:${at.port}`, NO_PROXY } });
    }
    assert.equal(asked.length, 6);
  });

  it("that cannot be spoken to is refused at the start, without its credentials", async () => {
    for (const text of ["socks5://user:hunter2@127.0.0.1", "https://user:hunter2@127.0.0.1", "http://"]) {
      await assert.rejects(deliver("http://hooks.example", { environment: { HTTP_PROXY: text } }), (error: Error) => {
        return error.name === "ClientError" && error.message.includes("HTTP_PROXY") && !/hunter2/.test(error.message);
      });
    }
    const { error } = await deliver("http://hooks.example", { environment: { HTTP_PROXY: "127.0.0.1:1" } });
    assert.match(error ?? "", /the proxy 127\.0\.0\.1:1 cannot be used/);
  });
});

describe("a responder that does its worst", () => {
  const OK = "HTTP/1.1 200 OK\r\n";
  const CANCEL = `${OK}Content-Type: application/vnd.opsani.servo.errors.EventCancelledError+json\r\n`;

  /** Answers bytes, then the same ones again and again until the connection closes. */
  function flood(start: string, again: string, pause = 0): Server {
    return createServer((socket) => {
      socket.once("data", () => {
        socket.write(start);
        const more = () => {
          if (socket.destroyed) return;
          if (pause > 0 || !socket.write(again)) setTimeout(more, pause);
          else setImmediate(more);
          if (pause > 0) socket.write(again);
        };
        more();
      });
    });
  }

  const line = `X-Flood: ${"x".repeat(1000)}\r\n`;
  for (const [what, start, again, pause, says] of [
    ["floods headers", OK, line, 0, /over 16 KiB/],
    ["drips headers", OK, "X: y\r\n", 20, /no answer within 1s|over 16 KiB/],
    ["sends 1xx for ever", "", "HTTP/1.1 102 Processing\r\n\r\n", 5, /no answer within 1s|malformed/],
    ["is silent", "", "", 50, /no answer within 1s/],
    ["speaks no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "", 50, /malformed HTTP answer/],
  ] as const) {
    it(what, { timeout: 30_000 }, async () => {
      await using at = await listen(flood(start, again, pause));
      const began = performance.now();
      const { outcome, error } = await deliver(`http://127.0.0.1:${at.port}`, {}, { timeout: "1s" });
      assert.equal(outcome, "failed");
      assert.match(error ?? "", says);
      assert.ok(performance.now() - began < 10_000);
    });
  }

  it("floods a body that nobody wants", { timeout: 30_000 }, async () => {
    const chunk = `ffff\r\n${"x".repeat(0xffff)}\r\n`;
    await using at = await listen(flood(`${OK}Transfer-Encoding: chunked\r\n\r\n`, chunk));
    const { outcome, elapsedMs } = await deliver(`http://127.0.0.1:${at.port}`, {}, { timeout: "20s" });
    assert.equal(outcome, "delivered");
    assert.ok(elapsedMs < 10_000, `${elapsedMs} ms`);
  });

  it("cancels with a body that never ends", { timeout: 30_000 }, async () => {
    for (const [again, pause, says] of [
      ["1\r\nx\r\n", 20, /./],
      [`ffff\r\n${"x".repeat(0xffff)}\r\n`, 0, /./],
    ] as const) {
      await using at = await listen(flood(`${CANCEL}Transfer-Encoding: chunked\r\n\r\n`, again, pause));
      const url = `http://127.0.0.1:${at.port}/`;
      const configuration = await Configuration.from([{ events: "before:adjust", url, secret: "s", timeout: "500ms" }]);
      const webhooks = new Webhooks(configuration, { allow: ["loopback"], environment: {}, logger: null });
      const { outcome, reason } = await webhooks.before({ name: "adjust" });
      await webhooks.shutdown();
      assert.equal(outcome, "cancelled");
      assert.match(reason ?? "", says);
    }
  });

  it("closes idle connections", { timeout: 30_000 }, async () => {
    await using responder = await Responder.start();
    const webhook = { events: "after:measure", url: `${responder.origin}/`, secret: "s", backoff: false };
    const webhooks = new Webhooks(await Configuration.from([webhook]), {
      allow: ["loopback"],
      environment: {},
      logger: null,
    });
    const outcomes: string[] = [];
    webhooks.on("delivery", ({ outcome }) => outcomes.push(outcome));
    for (let nth = 0; nth < 3; nth += 1) {
      await webhooks.after({ name: "measure" });
      await webhooks.idle();
      responder.closeConnections();
      await responder.untilConnections(0);
    }
    await webhooks.shutdown();
    assert.deepEqual(outcomes, ["delivered", "delivered", "delivered"]);
  });
});
