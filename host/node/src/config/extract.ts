/**
 * Writes the list of webhooks as the JSON that the connector reads.
 *
 * Every reference and every literal secret becomes `{"handle": N}`; whatever JSON or the contract cannot
 * express becomes a finding, and the rest is written all the same, so that all problems are found at once.
 */

import { entryKind, type FieldKind, isSecret, itemKind, takesReference } from "./field-kind.js";
import { entriesOf, isStray, meant, type Node, type Position, placeOf, scalarOf, textOf } from "./node.js";
import { label, readable, type Step } from "./path.js";
import { hasLineEnd, instead } from "./placeholder.js";
import { MAX_PROBLEMS, type Severity } from "./problem.js";
import type { Target } from "./reference.js";
import { Secret } from "./secret.js";

/** A handle that was issued, with the place of its value. */
export interface Handle {
  target: Target;
  position: Position | undefined;
  path: string;
  /** It is a secret to sign with. */
  isKey: boolean;
}

/** What is wrong and was found on the way. */
export interface Finding {
  severity: Severity;
  position: Position | undefined;
  path: string;
  message: string;
}

const NO_REFERENCE = "must be {env: NAME} or {file: PATH}, with nothing else in it";
const EMPTY_SECRET = "the secret is empty; write {env: NAME} or {file: PATH}";

const LINE_END = "holds a line end, which is part of the secret; write it on one line, or begin the block with |-";

/** The list in JSON, and what was taken out of it. */
export class Extract {
  json = "";
  readonly handles: Handle[] = [];
  /** The first handle of each webhook. */
  readonly firsts: number[] = [];
  readonly findings: Finding[] = [];
  /** Paths of values that could not be written, and stand as null. */
  readonly voids = new Set<string>();
  readonly #root: string;
  readonly #steps: Step[] = [];

  /** Writes the list at `list`, a sequence whose path is `root`. */
  constructor(root: string, list: Node) {
    this.#root = root;
    this.#value(undefined, list, "list");
  }

  #value(key: Node | undefined, node: Node, field: FieldKind): void {
    const found = meant(node);
    const position = placeOf(key, node);
    switch (found.kind) {
      case "sequence":
        this.#collectionTag(found.tag, "seq", position);
        // A list in a list of secrets is refused by the connector; what it holds could be secret.
        this.#list(field === "secretItem" ? [] : found.items, field);
        break;
      case "mapping":
        this.#collectionTag(found.tag, "map", position);
        if (takesReference(field)) this.#reference(found.entries, position, field);
        else this.#mapping(found.entries, field);
        break;
      case "scalar":
        this.#scalar(node, position, field);
    }
  }

  #list(items: Node[], field: FieldKind): void {
    this.json += "[";
    items.forEach((item, index) => {
      if (index > 0) this.json += ",";
      if (field === "list") this.firsts.push(this.handles.length);
      this.#steps.push(index);
      this.#value(undefined, item, itemKind(field));
      this.#steps.pop();
    });
    this.json += "]";
  }

  #mapping(entries: [Node, Node][], field: FieldKind): void {
    const seen = new Map<string, Position | undefined>();
    this.json += "{";
    for (const [key, value] of entries) {
      const name = this.#key(key);
      if (name === undefined) continue;
      const stray = isStray(key, value);
      this.#steps.push(stray ? null : name);
      if (seen.has(name)) {
        const first = seen.get(name)?.line;
        this.#report(
          key.position,
          `the key \`${stray ? "…" : label(name)}\` is given twice, first on line ${first}: remove one`,
        );
      } else {
        if (seen.size > 0) this.json += ",";
        seen.set(name, key.position);
        this.json += `${JSON.stringify(name)}:`;
        this.#value(key, value, entryKind(field, name));
      }
      this.#steps.pop();
    }
    this.json += "}";
  }

  /** The text of a key, unless it is none that JSON could hold. */
  #key(node: Node): string | undefined {
    const meaning = scalarOf(node);
    const found = meant(node);
    let message: string;
    if (!meaning) message = "a key must be a string, not a list or a mapping";
    else if (meaning.kind === "error") message = meaning.message;
    else if (meaning.kind === "number") message = "this key is a number: put it in quotes";
    else if (meaning.kind === "boolean") message = "this key is a boolean: put it in quotes";
    else if (meaning.kind === "null") message = "a key is missing or null: write a string";
    else if (meaning.text !== "<<" || found.kind !== "scalar" || !found.plain) return meaning.text;
    else message = "merge keys (`<<`) are not supported: write the keys out";
    this.#report(node.position, message);
    return undefined;
  }

  #scalar(node: Node, position: Position | undefined, field: FieldKind): void {
    const meaning = scalarOf(node);
    const secret = isSecret(field);
    switch (meaning?.kind) {
      case undefined:
      case "null":
        this.json += "null";
        break;
      case "boolean":
        this.json += secret ? "false" : String(meaning.value);
        break;
      case "number":
        this.json += secret ? "0" : meaning.digits;
        break;
      case "text":
        if (!secret) {
          this.json += JSON.stringify(meaning.text);
        } else if (meaning.text === "") {
          this.#report(position, EMPTY_SECRET);
          this.#handle({ kind: "invalid" }, position, field);
        } else {
          this.#checkSecret(meaning.text, position);
          this.#handle({ kind: "literal", secret: new Secret(meaning.text) }, position, field);
        }
        break;
      case "error":
        this.#report(position, meaning.message);
        if (takesReference(field)) {
          this.#handle({ kind: "invalid" }, position, field);
        } else {
          this.voids.add(readable(this.#root, this.#steps));
          this.json += "null";
        }
    }
  }

  #checkSecret(text: string, position: Position | undefined): void {
    const write = instead(text);
    if (write !== undefined) {
      const why = "(if the secret really is this text, put it into a variable or a file)";
      this.#report(position, `looks like a placeholder, which is not expanded; write ${write} ${why}`);
    } else if (hasLineEnd(text)) {
      this.#report(position, LINE_END, "warning");
    }
  }

  #reference(entries: [Node, Node][], position: Position | undefined, field: FieldKind): void {
    const [only] = entries;
    const name = only && entries.length === 1 ? textOf(only[0]) : undefined;
    const value = only && textOf(only[1]);
    if (value && name === "env") this.#handle({ kind: "env", name: value }, position, field);
    else if (value && name === "file") this.#handle({ kind: "file", path: value }, position, field);
    else {
      this.#report(position, NO_REFERENCE);
      this.#handle({ kind: "invalid" }, position, field);
    }
  }

  #handle(target: Target, position: Position | undefined, field: FieldKind): void {
    this.json += `{"handle":${this.handles.length}}`;
    this.handles.push({ target, position, path: readable(this.#root, this.#steps), isKey: isSecret(field) });
  }

  #collectionTag(tag: string | undefined, kind: string, position: Position | undefined): void {
    if (tag === undefined || tag === "!" || tag === `tag:yaml.org,2002:${kind}`) return;
    this.#report(position, "unknown tag: remove it");
  }

  #report(position: Position | undefined, message: string, severity: Severity = "error"): void {
    if (this.findings.length < MAX_PROBLEMS) {
      this.findings.push({ severity, position, path: readable(this.#root, this.#steps), message });
    }
  }
}

/** Keys that stand twice at the top. What is below the keys of others is theirs. */
export function duplicates(root: Node): Finding[] {
  const seen = new Map<string, Position | undefined>();
  const found: Finding[] = [];
  for (const [key] of entriesOf(root) ?? []) {
    const name = textOf(key);
    if (name === undefined) continue;
    if (seen.has(name)) {
      const message = `the key \`${label(name)}\` is given twice, first on line ${seen.get(name)?.line}: remove one`;
      found.push({ severity: "error", position: key.position, path: "", message });
    } else {
      seen.set(name, key.position);
    }
  }
  return found.slice(0, MAX_PROBLEMS);
}
