/** The tree of a configuration, each node with its place in the text if it has one. */

import type { Style } from "./expression.js";
import { isKnown } from "./path.js";
import { type Meaning, meaningOf } from "./scalar.js";

/** A place in a file: both count from 1, the column in characters. */
export interface Position {
  line: number;
  column: number;
}

/** What every node has. */
interface Written {
  position?: Position;
  /** In full, such as `tag:yaml.org,2002:str`. */
  tag?: string;
}

/** How a scalar stands in the file. */
export interface Writing {
  /** Quotes included, without what introduces a block. */
  raw: string;
  style: Style;
  /** The place of a part of it, by its offset in `raw`. */
  at(offset: number): Position;
}

/** A text, number, boolean or null, as written. */
export interface ScalarNode extends Written {
  kind: "scalar";
  text: string;
  /** Not in quotes: the core schema says what it means. */
  plain: boolean;
  /** Nothing is written there. */
  empty: boolean;
  /** Not even a colon is, as in `{key}`. */
  absent: boolean;
  /** None if it was not read from a file. */
  writing?: Writing;
}

/** A list. */
export interface SequenceNode extends Written {
  kind: "sequence";
  flow: boolean;
  items: Node[];
}

/** A mapping, in document order, duplicates included. */
export interface MappingNode extends Written {
  kind: "mapping";
  flow: boolean;
  entries: [Node, Node][];
}

/** An alias, a node of its own, so that a document costs what is written and not what it expands to. */
export interface AliasNode extends Written {
  kind: "alias";
  target: Exclude<Node, AliasNode>;
}

export type Node = ScalarNode | SequenceNode | MappingNode | AliasNode;

/** The node that is meant: what an alias stands for. */
export function meant(node: Node): Exclude<Node, AliasNode> {
  return node.kind === "alias" ? node.target : node;
}

/** The meaning of a scalar; none if the node is a collection. */
export function scalarOf(node: Node): Meaning | undefined {
  const found = meant(node);
  return found.kind === "scalar" ? meaningOf(found.text, found.plain, found.tag) : undefined;
}

/** The text of a string; none if the node is anything else. */
export function textOf(node: Node): string | undefined {
  const meaning = scalarOf(node);
  return meaning?.kind === "text" ? meaning.text : undefined;
}

/** The items of a list. */
export function itemsOf(node: Node): Node[] | undefined {
  const found = meant(node);
  return found.kind === "sequence" ? found.items : undefined;
}

/** The entries of a mapping. */
export function entriesOf(node: Node): [Node, Node][] | undefined {
  const found = meant(node);
  return found.kind === "mapping" ? found.entries : undefined;
}

/** Whether a key may in truth be a value that lost its key, as in `{secret, hunter2}`. */
export function isStray(key: Node, value: Node): boolean {
  return value.kind === "scalar" && value.absent && !isKnown(textOf(key) ?? "");
}

/** The place to point at for a value: its key, if the value is empty or fills a block of lines. */
export function placeOf(key: Node | undefined, value: Node): Position | undefined {
  const block = (value.kind === "sequence" || value.kind === "mapping") && !value.flow;
  const empty = value.kind === "scalar" && value.empty;
  if (key && (block || empty)) return key.position;
  return block ? firstLeaf(value).position : value.position;
}

function firstLeaf(node: Node): Node {
  let found = node;
  for (;;) {
    const first =
      found.kind === "sequence" ? found.items[0] : found.kind === "mapping" ? found.entries[0]?.[0] : undefined;
    if (!first) return found;
    found = first;
  }
}
