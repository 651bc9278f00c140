/** Verifies signatures with Node's own cryptography. */

import { createHmac, createPrivateKey, createPublicKey, verify } from "node:crypto";
import type { Received } from "./responder.js";

/** The DER that stands before the 32 bytes of an ed25519 seed in PKCS #8 (RFC 8410, section 7). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** Whether `X-Servo-Signature` is the HMAC-SHA1 of the body. */
export function isSignedWith(secret: string, { headers, body }: Received): boolean {
  return headers["x-servo-signature"] === createHmac("sha1", secret).update(body).digest("hex");
}

/** Whether `webhook-signature` holds one signature for each key, in their order (Standard Webhooks). */
export function isSignedByStandard(keys: string[], { headers, body }: Received): boolean {
  const id = headers["webhook-id"];
  const signatures = String(headers["webhook-signature"]).split(" ");
  const signed = Buffer.concat([Buffer.from(`${id}.${headers["webhook-timestamp"]}.`), body]);
  const late = Math.abs(Date.now() / 1000 - Number(headers["webhook-timestamp"])) > 60;
  if (late || id !== headers["x-servo-delivery"] || signatures.length !== keys.length) return false;
  return keys.every((key, nth) => {
    const [version, signature = ""] = signatures[nth]?.split(",") ?? [];
    const bytes = Buffer.from(key.slice(key.indexOf("_") + 1), "base64");
    if (key.startsWith("whsec_")) {
      return version === "v1" && createHmac("sha256", bytes).update(signed).digest("base64") === signature;
    }
    const der = Buffer.concat([PKCS8, bytes.subarray(0, 32)]);
    const seed = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    return version === "v1a" && verify(null, signed, createPublicKey(seed), Buffer.from(signature, "base64"));
  });
}
