/** The text of a YAML file -> plain values, and where each of them stands. Refuses what a configuration has no use for. */

import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { maximumNativeTokens, maximumNesting, maximumStatements } from "../limits.ts";
import type { Sliced } from "../slices.ts";

/** A value and where it stands; offsets count UTF-16 units of the text. */
export interface Placed {
  readonly value: unknown;
  readonly offset: number;
  /** Of the key it stands behind. */
  readonly keyOffset?: number | undefined;
  /** By key, or by index. */
  readonly parts: ReadonlyMap<PropertyKey, Placed>;
}

export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly offset: number;
  readonly suggestion?: string;
}

export interface ReadDocument {
  readonly root: Placed | undefined;
  readonly troubles: readonly Trouble[];
}

/** Settings that are text: `password: 0123` is what stands there, not the number 123. */
const textKeys: ReadonlySet<string> = new Set([
  ...["node", "name", "interface", "syncGroup", "members", "label", "trackedInterfaces", "interfaces"],
  ...[
    "password",
    "hex",
    "user",
    "group",
    "argv",
    "script",
    "file",
    "path",
    "from",
    "to",
    "host",
    "helloName",
  ],
  ...[
    "active",
    "backup",
    "fault",
    "stop",
    "any",
    "lowerPriority",
    "deleted",
    "reader",
    "incomingInterface",
    "outgoingInterface",
  ],
  ...["dataDirectory", "size", "age", "url", "key", "ca", "certificate", "certificateKey", "listen"],
  ...["configuration", "peers"],
]);

/** It may pause between two words. */
export function* readDocument(text: string): Sliced<ReadDocument> {
  const parser = new Parser();
  const tokens = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    if (count > maximumNativeTokens) return refused(`the file has more than ${maximumNativeTokens} words`);
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (count % 100 === 0) yield;
  }
  tokens.push(...parser.end());
  yield;
  // Keys are compared here, since the library compares each with each.
  const composer = new Composer({ uniqueKeys: false, logLevel: "silent" });
  const documents = [...composer.compose(tokens, true, text.length)];
  yield;
  const [first] = documents;
  const troubles = documents
    .flatMap(({ errors, warnings }) => [...errors, ...warnings])
    .map(
      ({ message, pos }): Trouble => ({ code: "invalid-yaml", message: sentence(message), offset: pos[0] }),
    );
  if (first === undefined || troubles.length > 0) return { root: undefined, troubles };
  if (documents[1] !== undefined) {
    const offset = documents[1].range?.[0] ?? 0;
    troubles.push({ code: "invalid-yaml", message: "the file holds more than one YAML document", offset });
    return { root: undefined, troubles };
  }
  return placeDocument(first);
}

function refused(message: string): ReadDocument {
  return { root: undefined, troubles: [{ code: "file-too-large", message, offset: 0 }] };
}

/** The library's messages begin with a capital; ours do not, and have no line of the source behind them. */
function sentence(message: string): string {
  const [first = ""] = message.split("\n");
  return first.charAt(0).toLowerCase() + first.slice(1);
}

interface Walk {
  readonly anchors: Map<string, unknown>;
  readonly troubles: Trouble[];
  count: number;
}

function placeDocument(document: Document.Parsed): ReadDocument {
  const walk: Walk = { anchors: new Map(), troubles: [], count: 0 };
  const root = document.contents === null ? undefined : place(document.contents, undefined, 0, walk);
  return { root, troubles: walk.troubles };
}

interface Ranged {
  readonly range?: readonly number[] | null | undefined;
  readonly anchor?: string | undefined;
}

function place(node: unknown, key: string | undefined, depth: number, walk: Walk): Placed {
  const { range, anchor }: Ranged = isNode(node) ? node : {};
  const offset = range?.[0] ?? 0;
  const empty: Placed = { value: null, offset, parts: new Map() };
  walk.count += 1;
  if (depth > maximumNesting || walk.count > maximumStatements) {
    const what = depth > maximumNesting ? "nested too deeply" : "too long, with what its aliases repeat";
    if (walk.troubles.length === 0)
      walk.troubles.push({ code: "invalid-yaml", message: `the file is ${what}`, offset });
    return empty;
  }
  if (anchor !== undefined) walk.anchors.set(anchor, node);
  if (isAlias(node)) return placeAlias(node, offset, key, depth, walk);
  if (isScalar(node)) return { ...empty, value: scalarValue(node, key) };
  if (isSeq(node)) {
    const parts = node.items.map((item, index) => [index, place(item, key, depth + 1, walk)] as const);
    return { value: parts.map(([, part]) => part.value), offset, parts: new Map(parts) };
  }
  return isMap(node) ? placeMap(node, offset, depth, walk) : empty;
}

function isNode(node: unknown): node is Ranged {
  return isAlias(node) || isScalar(node) || isSeq(node) || isMap(node);
}

/** What an alias repeats is told where the alias stands. */
function placeAlias(
  alias: Alias,
  offset: number,
  key: string | undefined,
  depth: number,
  walk: Walk,
): Placed {
  const target = walk.anchors.get(alias.source);
  if (target === undefined) {
    walk.troubles.push({
      code: "unknown-anchor",
      message: `nothing above is marked \`&${alias.source}\``,
      offset,
    });
    return { value: null, offset, parts: new Map() };
  }
  return { ...place(target, key, depth + 1, walk), offset };
}

function scalarValue(scalar: Scalar, key: string | undefined): unknown {
  const isPlain = scalar.type === "PLAIN" && typeof scalar.source === "string" && scalar.source !== "";
  return isPlain && key !== undefined && textKeys.has(key) ? scalar.source : scalar.value;
}

/** `<<` takes over what another map has and this one does not say itself. */
function placeMap(map: YAMLMap, offset: number, depth: number, walk: Walk): Placed {
  const own = new Map<PropertyKey, Placed>();
  const merged = new Map<PropertyKey, Placed>();
  for (const pair of map.items) {
    if (!isPair(pair) || !isScalar(pair.key)) {
      walk.troubles.push({ code: "invalid-yaml", message: "a key must be a word", offset });
      continue;
    }
    const key = String(pair.key.value);
    const keyOffset = pair.key.range?.[0] ?? offset;
    const part = { ...place(pair.value, key, depth + 1, walk), keyOffset };
    const placed = pair.value === null ? { ...part, offset: keyOffset } : part;
    if (key === "<<") mergeFrom(placed, merged, walk);
    else if (own.has(key)) {
      const message = `\`${key}\` is written twice`;
      walk.troubles.push({
        code: "duplicate-key",
        message,
        offset: keyOffset,
        suggestion: "remove one of the two",
      });
    } else own.set(key, placed);
  }
  const parts = new Map([...merged, ...own]);
  return { value: Object.fromEntries([...parts].map(([key, part]) => [key, part.value])), offset, parts };
}

function mergeFrom(source: Placed, merged: Map<PropertyKey, Placed>, walk: Walk): void {
  const maps = Array.isArray(source.value) ? [...source.parts.values()] : [source];
  for (const { value, parts, offset } of maps) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      walk.troubles.push({ code: "invalid-yaml", message: "`<<` takes a map, or a list of maps", offset });
    }
    for (const [key, part] of parts) if (!merged.has(key)) merged.set(key, part);
  }
}
