/** A configuration that was read: what the connector gets of it, and where things stand. */

import { isExpression, placeWithin, split } from "./expression.js";
import { duplicates, Extract, type Handle } from "./extract.js";
import { entriesOf, isStray, itemsOf, type Node, type Position, placeOf, scalarOf, textOf } from "./node.js";
import { readable, type Step, tokens } from "./path.js";
import { hasLineEnd } from "./placeholder.js";
import { ConfigurationError, inOrder, MAX_PROBLEMS, Problem, type Severity } from "./problem.js";
import { type Environment, lineEnd, openTarget } from "./reference.js";
import type { Secret } from "./secret.js";
import { decode } from "./source.js";
import { compose, YamlFailure } from "./yaml.js";

/** The key of the list of webhooks in the configuration of a servo. */
const KEY = "webhooks";

const START: Position = { line: 1, column: 1 };

/** A list of webhooks, from a file or from values. */
export class Document {
  /** The list in JSON, for the connector. */
  readonly json: string;
  /** What is wrong so far. To be reported together with what the connector finds. */
  readonly problems: Problem[];
  readonly #file: string;
  readonly #key: Node | undefined;
  readonly #list: Node;
  readonly #root: string;
  readonly #extract: Extract;

  private constructor(file: string, root: string, key: Node | undefined, list: Node, problems: Problem[]) {
    this.#file = file;
    this.#root = root;
    this.#key = key;
    this.#list = list;
    this.#extract = new Extract(root, list);
    this.json = this.#extract.json;
    const found = this.#extract.findings.map(
      ({ severity, position, path, message }) => new Problem(severity, file, position, path, message),
    );
    this.problems = [...problems, ...found];
  }

  /**
   * Reads a file's bytes: YAML 1.2, a mapping with the key `webhooks` or a bare list. Throws a
   * `ConfigurationError` for what leaves no list to read.
   */
  static parse(file: string, bytes: Uint8Array): Document {
    const error = (position: Position | undefined, path: string, message: string) =>
      new Problem("error", file, position, path, message);
    try {
      const tree = compose(decode(bytes));
      const problems = tree.root
        ? duplicates(tree.root).map(({ position, message }) => error(position, "", message))
        : [];
      if (tree.second) {
        problems.push(error(tree.second, "", "a second document starts here: a configuration is one document"));
      }
      const found = find(tree.root);
      if ("message" in found) {
        throw new ConfigurationError(inOrder([...problems, error(found.position, found.path, found.message)]));
      }
      return new Document(file, found.key ? KEY : "", found.key, found.list, problems);
    } catch (failure) {
      if (!(failure instanceof YamlFailure)) throw failure;
      throw new ConfigurationError([error(failure.position, "", failure.message)]);
    }
  }

  /** Takes a list that was given as values. */
  static of(name: string, list: Node): Document {
    return new Document(name, KEY, undefined, list, []);
  }

  /** Whether a handle was issued for a webhook, by its place in the list. */
  owns(index: number, handle: number): boolean {
    const { firsts, handles } = this.#extract;
    const end = firsts[index + 1] ?? handles.length;
    return handle >= (firsts[index] ?? handles.length) && handle < end;
  }

  /**
   * A problem at a JSON pointer (RFC 6901) into the JSON, or at the nearest value around it. One of an expression
   * whose message begins with a line and a column stands at that place in the file.
   */
  locate(severity: Severity, pointer: string, atKey: boolean, message: string): Problem {
    let key = this.#key;
    let value = this.#list;
    let found = true;
    const steps: Step[] = [];
    const path = tokens(pointer);
    for (const [nth, token] of path.entries()) {
      const items = itemsOf(value);
      const entry = entriesOf(value)?.find(([name]) => textOf(name) === token);
      const item = /^\d+$/.test(token) ? items?.[Number(token)] : undefined;
      if (item) {
        steps.push(Number(token));
        [key, value] = [undefined, item];
      } else if (entry) {
        steps.push(isStray(...entry) ? null : token);
        [key, value] = entry;
      } else {
        // Inside a reference there is only the handle; else it is a missing key.
        if (entriesOf(value) && nth === path.length - 1 && token !== "handle") steps.push(token);
        found = false;
        break;
      }
    }
    const remark = found && steps.length === 2 && isExpression(steps[1]) ? split(message) : undefined;
    const within = remark && placeWithin(value, remark.line, remark.column);
    if (within) return new Problem(severity, this.#file, within, readable(this.#root, steps), remark.message);
    const position = atKey && found && key?.position ? key.position : placeOf(key, value);
    return new Problem(severity, this.#file, position, readable(this.#root, steps), message);
  }

  /**
   * Problems in document order. Those of a value that could not be handed on are left out but for the
   * first: what the connector says of the null in its stead helps nobody.
   */
  report(problems: Problem[]): Problem[] {
    const seen = new Set<string>();
    const kept = problems.filter(({ path }) => {
      if (!this.#extract.voids.has(path)) return true;
      const first = !seen.has(path);
      seen.add(path);
      return first;
    });
    return inOrder(kept);
  }

  /** Opens what the configuration refers to: the value of each handle, and a problem for each that has none. */
  async resolve(folder: string, environment: Environment): Promise<[(Secret | undefined)[], Problem[]]> {
    const problems: Problem[] = [];
    const values: (Secret | undefined)[] = [];
    for (const { target, position, path, isKey } of this.#extract.handles as Handle[]) {
      const report = (severity: Severity, message: string) => {
        if (problems.length < MAX_PROBLEMS) problems.push(new Problem(severity, this.#file, position, path, message));
      };
      try {
        const value = await openTarget(target, folder, environment);
        values.push(value);
        const warning = value && isKey && hasLineEnd(value.expose()) ? lineEnd(target) : undefined;
        if (warning !== undefined) report("warning", warning);
      } catch (error) {
        values.push(undefined);
        report("error", (error as Error).message);
      }
    }
    return [values, problems];
  }

  /** Variables of the environment that it refers to. */
  get variables(): Set<string> {
    return new Set(this.#extract.handles.flatMap(({ target }) => (target.kind === "env" ? [target.name] : [])));
  }
}

type Found = { key: Node | undefined; list: Node } | { position: Position | undefined; path: string; message: string };

/** The list of webhooks, and its key unless it is the whole document. */
function find(root: Node | undefined): Found {
  if (!root || scalarOf(root)?.kind === "null") {
    return {
      position: START,
      path: "",
      message: "the file is empty: write a list of webhooks under the key `webhooks`",
    };
  }
  if (itemsOf(root)) return { key: undefined, list: root };
  const position = placeOf(undefined, root);
  const entries = entriesOf(root);
  if (!entries) {
    return { position, path: "", message: "a configuration must be a mapping with the key `webhooks`, or a list" };
  }
  const [key, list] = entries.find(([name]) => textOf(name) === KEY) ?? [];
  if (!key || !list) {
    return { position, path: KEY, message: "the key `webhooks` is missing: add it, with a list" };
  }
  if (itemsOf(list)) return { key, list };
  const message =
    scalarOf(list)?.kind === "null"
      ? "`webhooks` is empty: give it a list, each item starting with `- `"
      : "`webhooks` is not a list: start each webhook with `- `";
  return { position: placeOf(key, list), path: KEY, message };
}
