/**
 * The core schema of YAML 1.2: what a plain scalar means.
 *
 * Numbers keep their digits and change only as far as JSON's grammar asks for; spellings of YAML 1.1
 * (`yes`, `1:30`, `1_000`) are texts. Source: https://yaml.org/spec/1.2.2/#103-core-schema.
 */

/** What a scalar means; an error says why it has no meaning in JSON. */
export type Meaning =
  | { kind: "null" }
  | { kind: "boolean"; value: boolean }
  /** In JSON's grammar. */
  | { kind: "number"; digits: string }
  | { kind: "text"; text: string }
  | { kind: "error"; message: string };

const NOT_FINITE = "infinity and NaN are not allowed: write a finite number";
const TOO_LARGE = "this number is too large in this notation: write it in decimal";
const MISMATCH = "the value does not match its tag: correct it, or remove the tag";
const UNKNOWN_TAG = "unknown tag: remove it, or quote a value that starts with `!`";

const CORE = "tag:yaml.org,2002:";

/** Reads a scalar; a tag is a full name such as `tag:yaml.org,2002:str`, or `!`. */
export function meaningOf(text: string, plain: boolean, tag: string | undefined): Meaning {
  if (tag === undefined) return plain ? resolve(text) : { kind: "text", text };
  if (tag === "!" || tag === `${CORE}str`) return { kind: "text", text };
  if (!tag.startsWith(CORE)) return error(UNKNOWN_TAG);
  const name = tag.slice(CORE.length);
  if (name === "map" || name === "seq") return error(MISMATCH);
  if (!["null", "bool", "int", "float"].includes(name)) return error(UNKNOWN_TAG);
  const meaning = resolve(text);
  return meaning.kind === "error" || fits(meaning, name) ? meaning : error(MISMATCH);
}

function fits(meaning: Meaning, name: string): boolean {
  switch (meaning.kind) {
    case "null":
      return name === "null";
    case "boolean":
      return name === "bool";
    case "number":
      return name === "float" || (name === "int" && !/[.eE]/.test(meaning.digits));
    default:
      return false;
  }
}

function resolve(text: string): Meaning {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return { kind: "null" };
  if (/^(?:true|True|TRUE)$/.test(text)) return { kind: "boolean", value: true };
  if (/^(?:false|False|FALSE)$/.test(text)) return { kind: "boolean", value: false };
  if (/^(?:\.nan|\.NaN|\.NAN|[-+]?(?:\.inf|\.Inf|\.INF))$/.test(text)) return error(NOT_FINITE);
  if (/^(?:0o[0-7]+|0x[0-9a-fA-F]+)$/.test(text)) {
    const value = BigInt(text);
    return value < 1n << 128n ? { kind: "number", digits: value.toString() } : error(TOO_LARGE);
  }
  const digits = decimal(text);
  return digits === undefined ? { kind: "text", text } : { kind: "number", digits };
}

function decimal(text: string): string | undefined {
  const match = /^([-+]?)(?:(\d+)(\.\d*)?|(\.\d+))([eE][-+]?\d+)?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "0", fraction, bare, exponent = ""] = match;
  const point = fraction === "." ? ".0" : (fraction ?? bare ?? "");
  return `${sign === "-" ? "-" : ""}${whole.replace(/^0+(?=\d)/, "")}${point}${exponent}`;
}

function error(message: string): Meaning {
  return { kind: "error", message };
}
