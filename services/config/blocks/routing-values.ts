/** What the words of a route line and of a rule line have in common: prefixes, addresses, numbers and their names. */

import { formatIpv6, parseAddress } from "../../../contracts/addresses.ts";
import { maximumRoutes } from "../../../contracts/config/limits.ts";
import type { Prefix } from "../../../contracts/config/routing.ts";
import type { Family } from "../../../contracts/wire/advertisement.ts";
import type { NameTable } from "../../io/iproute-names.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import type { NumberRange } from "../values.ts";
import { nearest } from "../vocabulary.ts";
import type { LowerContext } from "./context.ts";

type LineKind = "route" | "rule";

/** One line while its words are read. Anything wrong is reported, and nothing comes of the line. */
export interface LineReader {
  readonly context: LowerContext;
  readonly kind: LineKind;
  /** The words that are not read yet. */
  readonly waiting: Token[];
  /** Of the first address that told it. */
  family: Family | undefined;
  isRefused: boolean;
}

/** A prefix; "all" where it is every address, whatever the family. */
export type WrittenPrefix = Prefix | "all";

export const octetRange = { minimum: 0, maximum: 255 } as const;
export const wordRange = { minimum: 0, maximum: 0xffff_ffff } as const;

/** What each line of a block says; one that cannot be read is an error. */
export function lowerLines<Item>(
  kind: LineKind,
  statements: readonly Statement[],
  context: LowerContext,
  read: (words: readonly Token[], first: Token) => Item | undefined,
): readonly Item[] {
  const items: Item[] = [];
  for (const { words } of statements) {
    const [first] = words;
    if (first === undefined) continue;
    if (items.length === maximumRoutes) {
      const message = `at most ${maximumRoutes} ${kind}s fit one block`;
      context.report({
        severity: "error",
        code: `too-many-${kind}s`,
        message,
        location: tokenLocation(first),
      });
      break;
    }
    const item = read(words, first);
    if (item !== undefined) items.push(item);
  }
  return items;
}

/** How one word, with what it takes from the words behind it, becomes fields of the line. */
export type ReadWord<Line, Fields> = (line: Line, word: Token) => Partial<Fields>;

/** A word that has a value behind it. */
export function valued<Line extends LineReader, Fields>(
  read: (line: Line, word: Token, value: Token) => Partial<Fields>,
): ReadWord<Line, Fields> {
  return (line, word) => {
    const value = wordAfter(line, word);
    return value === undefined ? {} : read(line, word, value);
  };
}

/** The field, where there is a value for it. */
export function field<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]: Value });
}

/** Words behind which keepalived drops the line: here the file is refused, since the host would route differently. */
export function refuse(
  line: LineReader,
  token: Token,
  code: string,
  message: string,
  suggestion?: string,
): undefined {
  line.isRefused = true;
  line.context.report({
    severity: "error",
    code,
    message,
    location: tokenLocation(token),
    keepalived: `skips the ${line.kind} and runs without it`,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

export function wordAfter(line: LineReader, word: Token): Token | undefined {
  return line.waiting.shift() ?? refuse(line, word, "missing-parameter", `\`${word.text}\` needs a value`);
}

/** Notes the family that a word tells; an error where another word told the other one. */
export function noteFamily(line: LineReader, token: Token, family: Family): boolean {
  if (line.family === undefined) line.family = family;
  if (line.family === family) return true;
  refuse(
    line,
    token,
    "mixed-families",
    `\`${token.text}\` is of another family than what stands in front of it in this ${line.kind}`,
  );
  return false;
}

/** An address in its one spelling. `of` is "any" where it may be of the other family than the line. */
export function readIp(line: LineReader, token: Token, of: "line" | "any" = "line"): string | undefined {
  const octets = parseAddress(token.text);
  if (octets === undefined)
    return refuse(line, token, "invalid-address", `\`${token.text}\` is no IP address`);
  if (of === "line" && !noteFamily(line, token, octets.length === 4 ? "ipv4" : "ipv6")) return undefined;
  return octets.length === 16 ? formatIpv6(octets) : token.text;
}

export function isPrefix(text: string): boolean {
  return allWords.includes(text) || parseAddress(text.split("/")[0] ?? "") !== undefined;
}

export function readPrefix(line: LineReader, token: Token): WrittenPrefix | undefined {
  if (allWords.includes(token.text)) return "all";
  const [text = "", length, rest] = token.text.split("/");
  const octets = parseAddress(text);
  const maximum = octets?.length === 16 ? 128 : 32;
  const prefixLength = length === undefined ? maximum : /^\d{1,3}$/u.test(length) ? Number(length) : -1;
  if (octets === undefined || rest !== undefined || prefixLength < 0 || prefixLength > maximum) {
    return refuse(
      line,
      token,
      "invalid-address",
      `\`${token.text}\` is no prefix`,
      "write ADDRESS/LENGTH, or default",
    );
  }
  if (!noteFamily(line, token, octets.length === 4 ? "ipv4" : "ipv6")) return undefined;
  return { address: octets.length === 16 ? formatIpv6(octets) : text, prefixLength };
}

/** A prefix that "all" is written for. */
export function wholeOf(prefix: WrittenPrefix, family: Family): Prefix {
  if (prefix !== "all") return prefix;
  return { address: family === "ipv4" ? "0.0.0.0" : "::", prefixLength: 0 };
}

/** A whole number, decimal or with 0x. */
export function readNumber(
  line: LineReader,
  word: Token,
  token: Token,
  range: NumberRange,
): number | undefined {
  const value = numberOf(token.text);
  if (value !== undefined && value >= range.minimum && value <= range.maximum) return value;
  return refuse(
    line,
    token,
    value === undefined ? "not-a-number" : "out-of-range",
    `\`${word.text}\` takes a number from ${range.minimum} to ${range.maximum}, not \`${token.text}\``,
  );
}

/** A number, or a name that iproute2 has for one on this host. */
export function readNamed(
  line: LineReader,
  word: Token,
  token: Token,
  table: NameTable,
  range: NumberRange,
): number | undefined {
  const named = line.context.findNumber(table, token.text);
  if (named !== undefined) return named;
  if (numberOf(token.text) !== undefined) return readNumber(line, word, token, range);
  return refuse(
    line,
    token,
    "unknown-name",
    `\`${word.text}\`: this host has no number for \`${token.text}\``,
    `write the number, or name it in /etc/iproute2/${table}`,
  );
}

/** `[SOURCE/]DESTINATION` as the kernel has it in one number. */
export function readRealms(line: LineReader, word: Token, token: Token): number | undefined {
  const parts = token.text.split("/").map((text) => {
    const part: Token = { ...token, text };
    return readNamed(line, word, part, "rt_realms", { minimum: 0, maximum: 0xffff });
  });
  const [first, second] = parts;
  if (first === undefined || parts.length > 2) return undefined;
  return parts.length === 1 ? first : second === undefined ? undefined : first * 65_536 + second;
}

/** Something that is not done here, and that the host would route differently without. */
export function refuseWord(line: LineReader, word: Token, consequence: string): undefined {
  line.isRefused = true;
  line.context.report({
    severity: "error",
    code: "unsupported-keyword",
    message: `\`${word.text}\` is not supported yet; running without it would ${consequence}`,
    location: tokenLocation(word),
  });
}

export function refuseUnknown(line: LineReader, word: Token, known: readonly string[]): undefined {
  const meant = nearest(known, word.text);
  return refuse(
    line,
    word,
    "unknown-word",
    `\`${word.text}\` is no word of a ${line.kind}`,
    meant === undefined ? undefined : `did you mean \`${meant}\`?`,
  );
}

const allWords: readonly string[] = ["default", "default6", "any", "all"];

function numberOf(text: string): number | undefined {
  return /^(0x[0-9a-f]+|\d+)$/iu.test(text) ? Number(text) : undefined;
}
