/** What the environment says of proxies, and proxies that others wrote. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Configuration, Connector, type DeliveryOutcome, Webhooks } from "../dist/index.js";
import { exceptions } from "../dist/outbound/noproxy.js";
import { Proxies } from "../dist/outbound/proxy.js";
import { Target } from "../dist/outbound/target.js";
import { nobody, Responder } from "./support/responder.js";

after(async () => (await Connector.builtIn()).close());

describe("NO_PROXY", () => {
  const excepted = (text: string, url: string) => exceptions(text).some((matches) => matches(Target.parse(url)));

  for (const [text, url] of [
    ["*", "http://any.example/"],
    ["hooks.example", "http://hooks.example/"],
    ["hooks.example", "http://a.hooks.example/"],
    [".hooks.example", "http://hooks.example/"],
    ["*.hooks.example", "http://a.hooks.example/"],
    ["HOOKS.example.", "http://hooks.example/"],
    ["hooks.example", "http://hooks.example./"],
    ["*.hooks.example.:8080", "http://a.hooks.example:8080/"],
    ["hooks.example:443", "https://hooks.example/"],
    ["a.example hooks.example", "http://hooks.example/"],
    [" a.example ,\t\nhooks.example, ", "http://hooks.example/"],
    ["m\u00fcller.example", "http://xn--mller-kva.example/"],
    ["127.0.0.1", "http://127.0.0.1/"],
    ["127.0.0.1:8080", "http://127.0.0.1:8080/"],
    ["[127.0.0.1]:8080", "http://127.0.0.1:8080/"],
    ["10.0.0.0/8", "http://10.1.2.3/"],
    ["10.0.0.0/8:8080", "http://10.1.2.3:8080/"],
    ["::1", "http://[::1]/"],
    ["[::1]", "http://[::1]/"],
    ["[0:0::1]:8080", "http://[::1]:8080/"],
    ["fd00::/8", "http://[fd12::1]/"],
    ["[fd00::]/8:8080", "http://[fd12::1]:8080/"],
    ["[fd00::/8]:8080", "http://[fd12::1]:8080/"],
  ] as const) {
    it(`${JSON.stringify(text)} excepts ${url}`, () => assert.ok(excepted(text, url)));
  }

  for (const [text, url] of [
    ["ooks.example", "http://hooks.example/"],
    ["a.hooks.example", "http://hooks.example/"],
    ["hooks.example:8080", "http://hooks.example/"],
    ["127.0.0.1:8080", "http://127.0.0.1/"],
    ["10.0.0.0/8", "http://11.0.0.1/"],
    ["10.0.0.0/8", "http://hooks.example/"],
    ["[::1]:80", "http://[::1]:81/"],
    ["fd00::/8", "http://[fe80::1]/"],
    ["0.0.0.1", "http://10.0.0.1/"],
    ["", "http://hooks.example/"],
  ] as const) {
    it(`${JSON.stringify(text)} does not except ${url}`, () => assert.ok(!excepted(text, url)));
  }

  it("is an error where it cannot be read, which shows nothing of it", () => {
    for (const item of [
      ..."http://user:hunter2@hooks.example hooks.example:0 hooks.example:65536 hooks.example:http".split(" "),
      ..."10.0.0.0/33 10.0.0.0/ 10.0.0.300 [::1 ::1] [hooks.example] fd00::/129 hooks.*.example **.example /8".split(
        " ",
      ),
      ...":8080 [fd00::/8]/8 300.1".split(" "),
    ]) {
      assert.throws(
        () => new Proxies({ NO_PROXY: `a.example, ${item}` }),
        (error: Error) =>
          /item 2 of the environment variable NO_PROXY/.test(error.message) && !/hunter2/.test(error.message),
        item,
      );
    }
  });
});

describe("the port of a proxy", () => {
  for (const text of ["proxy:0", "http://proxy:65536", "proxy:http", "http://user:hunter2@proxy:99999/", "proxy:-1"]) {
    it(`is an error where it is none: ${text}`, () => {
      assert.throws(
        () => new Proxies({ HTTP_PROXY: text }),
        (error: Error) => /HTTP_PROXY.*port.*1 to 65535/.test(error.message) && !/hunter2/.test(error.message),
      );
    });
  }

  it("is 80 where none is written", () => {
    const proxy = (HTTP_PROXY: string) => new Proxies({ HTTP_PROXY }).of(Target.parse("http://a.example/"));
    assert.equal(proxy("proxy")?.port, 80);
    assert.equal(proxy("http://proxy/")?.port, 80);
    assert.equal(proxy("http://proxy:80")?.port, 80);
    assert.equal(proxy("[::1]:8080")?.name, "[::1]:8080");
    assert.throws(() => proxy("http://a%zz@proxy:80"), /HTTP_PROXY.*credentials/);
  });
});

/** A proxy of others at work; `await using` ends it. */
class Installed {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, port: number, folder: string) {
    this.#process = process;
    this.port = port;
    this.#folder = folder;
  }

  /** Starts a program with a configuration and a list of names, once it listens on a free port. */
  static async start(program: string, args: string[], names: string, lines: (port: number, list: string) => string[]) {
    const port = Number(new URL(await nobody()).port);
    const folder = await mkdtemp(join(tmpdir(), "proxy-"));
    // Squid gives up being root.
    await chmod(folder, 0o755);
    const [file, list] = [join(folder, "configuration"), join(folder, "names")];
    await writeFile(list, names);
    await writeFile(file, `${lines(port, list).join("\n")}\n`);
    const child = spawn(program, [...args, file], { stdio: "ignore" });
    const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`${program} ended with ${code}`)));
    ended.catch(() => {});
    while (!(await Promise.race([listens(port), ended]))) await new Promise((resolve) => setTimeout(resolve, 50));
    return new Installed(child, port, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    }).on("error", () => resolve(false));
  });
}

function isThere(program: string): boolean {
  return spawnSync(program, ["-v"], { stdio: "ignore" }).error === undefined;
}

/** Proxies that let requests for one name through, and no others. */
const PROXIES: Record<string, (name: string) => Promise<Installed>> = {
  tinyproxy: (name) =>
    Installed.start("tinyproxy", ["-d", "-c"], `^${name}$\n`, (port, list) => [
      `Port ${port}`,
      "Listen 127.0.0.1",
      "Timeout 60",
      `Filter "${list}"`,
      "FilterDefaultDeny Yes",
    ]),
  squid: (name) =>
    Installed.start("squid", ["-N", "-f"], `${name}\n`, (port, list) => [
      `http_port 127.0.0.1:${port}`,
      `acl named dstdomain -n "${list}"`,
      "http_access allow named",
      "http_access deny all",
      "pid_filename none",
      "cache_log /dev/null",
      "access_log none",
      "cache deny all",
      "shutdown_lifetime 0 seconds",
      "coredump_dir /tmp",
    ]),
};

for (const [program, start] of Object.entries(PROXIES)) {
  const missing = isThere(program) ? false : `${program} is not installed`;
  describe(program, { skip: missing }, () => {
    /** What becomes of one delivery through the proxy. */
    async function deliver(url: string, proxy: Installed, fields: object = {}): Promise<DeliveryOutcome> {
      const list = [{ events: "after:measure", url, secret: "s", backoff: false, ...fields }];
      const webhooks = new Webhooks(await Configuration.from(list), {
        allow: ["loopback"],
        environment: { ALL_PROXY: `http://127.0.0.1:${proxy.port}` },
        lookup: async () => ["127.0.0.1"],
        logger: null,
      });
      const settled = new Promise<DeliveryOutcome>((resolve) => webhooks.once("delivery", resolve));
      await webhooks.after({ name: "measure" });
      await webhooks.shutdown(30_000);
      return settled;
    }

    it("with a list of names lets a name of it through, and the origin is asked as that name", {
      timeout: 60_000,
    }, async () => {
      await using proxy = await start("localhost");
      await using responder = await Responder.start();
      const { port } = new URL(responder.origin);
      const { outcome, error } = await deliver(`http://localhost:${port}/`, proxy);
      assert.equal(outcome, "delivered", error ?? "");
      assert.equal(responder.requests[0]?.headers.host, `localhost:${port}`);
      const other = await deliver(`http://127.0.0.1:${port}/`, proxy);
      assert.equal(other.status, 403);
    });

    it("is asked for a tunnel by name", { timeout: 60_000 }, async () => {
      await using proxy = await start("localhost");
      await using responder = await Responder.start();
      const { port } = new URL(responder.origin);
      const { outcome, error } = await deliver(`http://localhost:${port}/`, proxy, { http_version: "2" });
      assert.equal(outcome, "delivered", error ?? "");
      const other = await deliver(`http://127.0.0.1:${port}/`, proxy, { http_version: "2" });
      assert.match(other.error ?? "", /the proxy .* answered 403 to CONNECT/);
    });
  });
}
