/**
 * Reads a YAML text as a tree. What aliases expand to is only counted, and a document that would expand
 * or nest too far is refused at the place that does it.
 */

import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type YAMLParseError,
} from "yaml";
import type { Style } from "./expression.js";
import { type AliasNode, meant, type Node, type Position, type Writing } from "./node.js";

/** Nodes in a document, at most, aliases expanded. */
const MAX_NODES = 500_000;
/** Characters of scalars in a document, at most, aliases expanded. */
const MAX_EXPANDED = 64 * 1024 * 1024;
/** Characters in which a node's tag and anchor are looked for. */
const LONGEST_PROPERTIES = 300;
/** Collections in one another, at most, aliases expanded. */
const MAX_DEPTH = 100;

const STYLES: Record<string, Style> = {
  PLAIN: "plain",
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_LITERAL: "block",
  BLOCK_FOLDED: "block",
};

const TOO_DEEP = `this is nested too deeply: more than ${MAX_DEPTH} levels`;
const TOO_MANY = `this document is too large with its aliases expanded: more than ${MAX_NODES} values or 64 MiB`;

/** What stops the reading, and where. */
export class YamlFailure extends Error {
  readonly position: Position;

  constructor(position: Position, message: string) {
    super(message);
    this.position = position;
  }
}

/** A document, and where a second one starts. */
export interface Tree {
  root?: Node;
  second?: Position;
}

/** Reads the first document of a text. */
export function compose(text: string): Tree {
  const counter = new LineCounter();
  let documents: Document[];
  try {
    documents = parseAllDocuments(text, {
      // Everything stays text: what plain scalars mean is read with their digits.
      schema: "failsafe",
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter: counter,
      logLevel: "silent",
    }) as Document[];
  } catch (error) {
    if (error instanceof RangeError) throw new YamlFailure({ line: 1, column: 1 }, TOO_DEEP);
    throw error;
  }
  const composer = new Composer(text, counter);
  const [first, second] = documents;
  const error = first?.errors[0] ?? second?.errors[0];
  if (error) throw new YamlFailure(composer.position(error.pos[0]), inWords(error));
  const tree: Tree = {};
  if (first?.contents) tree.root = composer.node(first.contents).node;
  if (second) tree.second = composer.position(second.range?.[0] ?? 0);
  return tree;
}

/** The parser's messages quote the text, which may be secret; its codes do not. */
function inWords(error: YAMLParseError): string {
  if (error.code === "RESOURCE_EXHAUSTION") return TOO_DEEP;
  return `this is not valid YAML: ${error.code.toLowerCase().replaceAll("_", " ")}`;
}

/** What a node amounts to when its aliases are expanded. */
interface Extent {
  nodes: number;
  size: number;
  height: number;
}

interface Composed {
  node: Node;
  extent: Extent;
}

class Composer {
  readonly #text: string;
  readonly #counter: LineCounter;
  /** None while its collection is open. */
  readonly #anchors = new Map<string, Composed | undefined>();
  #depth = 0;

  constructor(text: string, counter: LineCounter) {
    this.#text = text;
    this.#counter = counter;
  }

  position(offset: number): Position {
    return new YamlPosition(this.#text, this.#counter, offset);
  }

  node(from: unknown): Composed {
    if (isAlias(from)) return this.#alias(from.source, this.position(from.range?.[0] ?? 0));
    if (isScalar(from)) {
      const text = String(from.value ?? "");
      const [start, end] = from.range ?? [0, 0];
      const style = STYLES[from.type ?? "PLAIN"] ?? "plain";
      const begin = style === "block" ? this.#firstLine(start) : start;
      const node: Node = {
        kind: "scalar",
        text,
        plain: from.type === undefined || from.type === "PLAIN",
        empty: start === end && from.tag === undefined && from.anchor === undefined,
        absent: false,
        ...this.#written(start, from),
        ...(style === "block" ? { position: this.position(begin) } : {}),
        writing: new Script(this.#text, this.#counter, begin, end, style),
      };
      return this.#finish(node, from.anchor, { nodes: 1, size: text.length, height: 0 });
    }
    if (isSeq(from) || isMap(from)) return this.#collection(from);
    return { node: absentNode(undefined), extent: { nodes: 1, size: 0, height: 0 } };
  }

  #collection(from: { items: unknown[]; anchor?: string; flow?: boolean; tag?: string; range?: unknown }): Composed {
    const start = (from.range as [number] | undefined)?.[0] ?? 0;
    const written = this.#written(start, from);
    if (this.#depth >= MAX_DEPTH) throw new YamlFailure(written.position, TOO_DEEP);
    if (from.anchor !== undefined) this.#anchors.set(from.anchor, undefined);
    const extent: Extent = { nodes: 1, size: 0, height: 1 };
    const flow = from.flow ?? false;
    this.#depth += 1;
    const add = (item: unknown): Node => {
      const composed = this.node(item);
      extent.nodes += composed.extent.nodes;
      extent.size += composed.extent.size;
      extent.height = Math.max(extent.height, composed.extent.height + 1);
      const position = composed.node.position ?? written.position;
      if (extent.nodes > MAX_NODES || extent.size > MAX_EXPANDED) throw new YamlFailure(position, TOO_MANY);
      if (this.#depth + composed.extent.height > MAX_DEPTH) throw new YamlFailure(position, TOO_DEEP);
      return composed.node;
    };
    const node: Node = isMap(from)
      ? { kind: "mapping", flow, entries: from.items.map((pair) => entry(pair, add)), ...written }
      : { kind: "sequence", flow, items: from.items.map((item) => add(item)), ...written };
    this.#depth -= 1;
    return this.#finish(node, from.anchor, extent);
  }

  #alias(name: string, position: Position): Composed {
    const anchored = this.#anchors.get(name);
    if (!anchored) {
      const message = this.#anchors.has(name)
        ? "this alias stands inside what it refers to: write the value out"
        : "this alias has no anchor: define it above with `&`, or quote a value that starts with `*`";
      throw new YamlFailure(position, message);
    }
    const node: AliasNode = { kind: "alias", target: meant(anchored.node), position };
    return { node, extent: anchored.extent };
  }

  #finish(node: Node, anchor: string | undefined, extent: Extent): Composed {
    const composed = { node, extent };
    if (anchor !== undefined) this.#anchors.set(anchor, composed);
    return composed;
  }

  /** Where a block's text begins, behind the line of its `|` or `>`. */
  #firstLine(start: number): number {
    const header = this.#text.indexOf("\n", start);
    const blank = /\s*/.exec(this.#text.slice(header))?.[0].length ?? 0;
    return header < 0 ? start : header + blank;
  }

  /** The place of a node, its tag and anchor included. */
  #written(start: number, from: { tag?: string; anchor?: string }): { position: Position; tag?: string } {
    let offset = start;
    if (from.tag !== undefined || from.anchor !== undefined) {
      const before = this.#text.slice(Math.max(0, start - LONGEST_PROPERTIES), start);
      offset -= /(?:[!&]\S*[ \t]+)*$/.exec(before)?.[0].length ?? 0;
    }
    const written = { position: this.position(offset) };
    return from.tag === undefined ? written : { ...written, tag: from.tag };
  }
}

/** A place that is counted only when somebody asks: in a long line that takes a while. */
class YamlPosition implements Position {
  readonly #text: string;
  readonly #counter: LineCounter;
  readonly #offset: number;

  constructor(text: string, counter: LineCounter, offset: number) {
    this.#text = text;
    this.#counter = counter;
    this.#offset = offset;
  }

  get line(): number {
    return this.#counter.linePos(this.#offset).line;
  }

  get column(): number {
    const { col } = this.#counter.linePos(this.#offset);
    return [...this.#text.slice(this.#offset - col + 1, this.#offset)].length + 1;
  }
}

/** A scalar's part of the text, cut out when somebody asks. */
class Script implements Writing {
  readonly #text: string;
  readonly #counter: LineCounter;
  readonly #start: number;
  readonly #end: number;
  readonly style: Style;

  constructor(text: string, counter: LineCounter, start: number, end: number, style: Style) {
    this.#text = text;
    this.#counter = counter;
    this.#start = start;
    this.#end = end;
    this.style = style;
  }

  get raw(): string {
    return this.#text.slice(this.#start, this.#end);
  }

  at(offset: number): Position {
    return new YamlPosition(this.#text, this.#counter, this.#start + offset);
  }
}

function entry(pair: unknown, add: (item: unknown) => Node): [Node, Node] {
  if (!isPair(pair)) return [add(pair), absentNode(undefined)];
  const key = add(pair.key);
  return [key, pair.value === null ? absentNode(key.position) : add(pair.value)];
}

function absentNode(position: Position | undefined): Node {
  const node: Node = { kind: "scalar", text: "", plain: true, empty: true, absent: true };
  return position ? { ...node, position } : node;
}
