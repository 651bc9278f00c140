/** Where requests may go: every spelling of every kind of address. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Allow } from "../dist/outbound/egress.js";
import { Resolver } from "../dist/outbound/resolve.js";
import { bare, Target } from "../dist/outbound/target.js";

const PUBLIC = `1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 128.0.0.1 169.253.255.255
  172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 223.255.255.255 [2606:4700::1111] [::ffff:8.8.8.8]
  [64:ff9b::8.8.8.8]`.split(/\s+/);

const FORBIDDEN = `127.0.0.1 127.1 127.0.1 0x7f.1 0x7f000001 2130706433 017700000001 0177.0.0.1 0x7f.0x0.0x0.0x1
  127.255.255.255 0 0.0.0.0 0.255.255.255 00000177.0.0.1 1\u24ea.0.0.1 127\u30020\u30020\u30021
  \uff11\uff12\uff17.0.0.1 %31%32%37.0.0.1 127.0.0.1. 10.0.0.0 10.255.255.255 167772161 0xa000001 172.16.0.0
  172.31.255.255 192.168.0.0 192.168.255.255 192.168.257 0xc0a80001 100.64.0.0 100.127.255.255 169.254.0.1
  169.254.169.254 0xa9fea9fe 2852039166 0251.0376.0251.0376 169.254.43518 169.254.170.2 169.254.255.255
  168.63.129.16 100.100.100.200 192.0.0.192 192.0.0.0 192.0.0.255 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1
  192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.0 239.255.255.255 240.0.0.0
  255.255.255.255 4294967295 233.252.0.1 [::] [::1] [0:0:0:0:0:0:0:1] [fc00::] [fdff:ffff::1] [fd00:ec2::254]
  [fd20:ce::254] [fe80::1] [febf::1] [fec0::1] [feff::1] [ff02::1] [2001:db8::1] [3fff::1] [100::1] [5f00::1]
  [2001:20::1] [3ffe::1] [4000::1] [2620:4f:8000::1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1]
  [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b:1::127.0.0.1] [64:ff9b:1:a9fe:a9:fe00::1] [2002:7f00:1::]
  [2002:a9fe:a9fe::1] [2001:0:7f00:1::] [2001:470::5efe:127.0.0.1] [2001:470::200:5efe:10.0.0.1]
  [::ffff:169.254.169.254]`.split(/\s+/);

const NOTHING = new Allow();

/** The addresses of a name, if nothing is allowed. */
function vetted(name: string, addresses: string[]): Promise<string[]> {
  const { signal } = new AbortController();
  return new Resolver(async () => addresses).vetted(name, NOTHING, { question: true, signal });
}

/** Why a URL with this host is refused, if so. */
function refusal(allow: Allow, host: string): string | undefined {
  try {
    const target = Target.parse(`http://${host}/`);
    allow.check(target.host, target.host);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("egress", () => {
  it("leads to public addresses", () => {
    for (const host of PUBLIC) assert.equal(refusal(NOTHING, host), undefined, host);
  });

  it("leads nowhere else, however it is spelled", () => {
    for (const host of FORBIDDEN)
      assert.match(refusal(NOTHING, host) ?? "", /SERVO_WEBHOOKS_ALLOW|is not a valid URL/, host);
  });

  it("leads to what is allowed by word", () => {
    const [inside, here] = [new Allow(["private"]), new Allow(["loopback"])];
    for (const host of ["10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.1.1", "[fd12::1]", "[::ffff:10.0.0.1]"]) {
      assert.equal(refusal(inside, host), undefined, host);
      assert.notEqual(refusal(here, host), undefined, host);
    }
    for (const host of ["127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1"]) {
      assert.equal(refusal(here, host), undefined, host);
      assert.notEqual(refusal(inside, host), undefined, host);
    }
    const both = new Allow(["private", "loopback"]);
    for (const host of [
      ..."169.254.169.254 [fd00:ec2::254] [fe80::1] 100.100.100.200 0.0.0.0".split(" "),
      ..."[2002:7f00:1::] [::127.0.0.1]".split(" "),
    ]) {
      assert.notEqual(refusal(both, host), undefined, host);
    }
  });

  it("leads to link-local and metadata addresses only where they are listed by themselves", () => {
    for (const wide of ["169.254.0.0/16", "0.0.0.0/0", "169.254.169.254/31", "::/0", "private"]) {
      assert.notEqual(refusal(new Allow([wide]), "169.254.169.254"), undefined, wide);
    }
    for (const exact of ["169.254.169.254", "169.254.169.254/32"]) {
      assert.equal(refusal(new Allow([exact]), "169.254.169.254"), undefined, exact);
      assert.notEqual(refusal(new Allow([exact]), "169.254.169.253"), undefined, exact);
    }
    assert.equal(refusal(new Allow(["fe80::1"]), "[fe80::1]"), undefined);
    assert.notEqual(refusal(new Allow(["fe80::/64"]), "[fe80::1]"), undefined);
  });

  it("leads to what carries an address only where both are listed", () => {
    const inside = {
      "64:ff9b:1::169.254.169.254": "169.254.169.254",
      "64:ff9b:1:a9fe:a9:fe00::": "169.254.169.254",
      "64:ff9b:1:a9:fe:a9fe::": "169.254.169.254",
      "64:ff9b:1:0:a9:fea9:fe00:0": "169.254.169.254",
      "64:ff9b:1::10.0.0.1": "10.0.0.1",
      "64:ff9b:1::127.0.0.1": "127.0.0.1",
      "2002:a9fe:a9fe::1": "169.254.169.254",
      "2001:0:a9fe:a9fe::f7f7:f7f7": "169.254.169.254",
      "::169.254.169.254": "169.254.169.254",
      "::ffff:0:169.254.169.254": "169.254.169.254",
      "2606:4700::5efe:169.254.169.254": "169.254.169.254",
      "64:ff9b::169.254.169.254": "169.254.169.254",
      "64:ff9b::10.0.0.1": "10.0.0.1",
    };
    for (const [outer, inner] of Object.entries(inside)) {
      const wide = new Allow(["64:ff9b:1::/48", "64:ff9b::/96", "2002::/16", "2001::/32", "::/96", "::/0"]);
      assert.match(refusal(wide, `[${outer}]`) ?? "", /SERVO_WEBHOOKS_ALLOW/, outer);
      // Where it stands depends on how long the prefix is: what the other readings give must be allowed as well.
      if (outer.endsWith("::") || outer.endsWith(":0")) continue;
      assert.equal(refusal(new Allow(["::/0", inner]), `[${outer}]`), undefined, outer);
    }
    const own = new Allow(["64:ff9b:1::/48", "loopback", "private"]);
    for (const outer of ["64:ff9b:1::8.8.8.8", "64:ff9b:1::10.0.0.1", "64:ff9b:1::127.0.0.1"]) {
      assert.equal(refusal(own, `[${outer}]`), undefined, outer);
    }
    assert.notEqual(refusal(own, "[64:ff9b:1::100.100.100.200]"), undefined);
  });

  it("leads to networks and names that are listed", () => {
    const network = new Allow(["10.1.0.0/16", "192.0.2.7"]);
    assert.equal(refusal(network, "10.1.255.1"), undefined);
    assert.equal(refusal(network, "192.0.2.7"), undefined);
    assert.notEqual(refusal(network, "10.2.0.1"), undefined);
    assert.notEqual(refusal(network, "192.0.2.8"), undefined);
    const named = new Allow(["Internal.Example."]);
    assert.doesNotThrow(() => named.check("internal.example", "10.0.0.1"));
    assert.doesNotThrow(() => named.check("INTERNAL.example.", "10.0.0.1"));
    assert.throws(() => named.check("other.example", "10.0.0.1"));
    assert.throws(() => named.check("internal.example", "169.254.169.254"));
  });

  it("refuses items that say nothing", () => {
    for (const item of "10.0.0.0/33 10.0.0.256 http://x * *.example.com 300.1 10.0.0.0/ /8 ::/129".split(" ")) {
      assert.throws(() => new Allow([item]), TypeError, item);
    }
    assert.throws(() => new Allow(["a b"]), TypeError);
    assert.equal(refusal(new Allow(["", " loopback "]), "127.0.0.1"), undefined);
  });

  it("refuses a name if one of its addresses is forbidden", async () => {
    const addresses = vetted("mixed.example", ["8.8.8.8", "127.0.0.1"]);
    await assert.rejects(addresses, {
      message:
        "mixed.example has the address 127.0.0.1, which is a loopback address; " +
        'allow it with the option allow: ["loopback"] (or SERVO_WEBHOOKS_ALLOW)',
    });
    const zoned = vetted("zoned.example", ["fe80::1%lo"]);
    await assert.rejects(zoned, /link-local/);
  });

  it("gives an address that carries another the verdict of that one", () => {
    const refused = (address: string) => refusal(NOTHING, `[${address}]`) !== undefined;
    for (let step = 0; step < 3000; step += 1) {
      // An odd constant: all of the space is visited evenly.
      const inner = Math.imul(step, 2_654_435_761) >>> 0;
      const octets = [inner >>> 24, (inner >>> 16) & 255, (inner >>> 8) & 255, inner & 255].join(".");
      const [high, low] = [(inner >>> 16).toString(16), (inner & 0xffff).toString(16)];
      const [notHigh, notLow] = [(~inner >>> 16).toString(16), (~inner & 0xffff).toString(16)];
      const forbidden = refusal(NOTHING, octets) !== undefined;
      for (const same of [`::ffff:${high}:${low}`, `64:ff9b::${high}:${low}`, `2606:4700::5efe:${high}:${low}`]) {
        assert.equal(refused(same), forbidden, `${same} carries ${octets}`);
      }
      for (const form of [
        `::${high}:${low}`,
        `::ffff:0:${high}:${low}`,
        `64:ff9b:1::${high}:${low}`,
        `2002:${high}:${low}::1`,
        `2001:0:${high}:${low}::1`,
        `2001:0:808:808::${notHigh}:${notLow}`,
      ]) {
        assert.ok(refused(form), `${form} is a transition form`);
      }
    }
  });
});

describe("targets", () => {
  it("show their origin alone", () => {
    const target = Target.parse("https://Example.com:8443/secret?token=secret#secret");
    assert.equal(`${target}`, "https://example.com:8443");
    assert.equal(JSON.stringify({ target }), '{"target":"https://example.com:8443"}');
    assert.equal(target.path, "/secret?token=secret");
    assert.equal(bare(Target.parse("http://[::1]/").host), "::1");
  });

  it("are refused without what stands behind the host", () => {
    for (const url of ["secret", "ftp://e.com/secret", "http://user:secret@e.com/", "http://e.com:0/secret"]) {
      assert.throws(
        () => Target.parse(url),
        (error: Error) => error instanceof TypeError && !error.message.includes("secret"),
      );
    }
  });
});
