/** The words behind an address: iproute2's, as keepalived takes them. */

import { parseAddress } from "../../../contracts/addresses.ts";
import type { AddressFlag, VirtualAddress } from "../../../contracts/config/schema.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import { readInteger } from "../values.ts";
import { nearest } from "../vocabulary.ts";
import type { LowerContext } from "./context.ts";

/** What the words say beside the interface. */
export type AddressWords = Partial<
  Pick<VirtualAddress, "label" | "scope" | "broadcast" | "peer" | "preferredLifetime" | "isUntracked"> & {
    readonly flags: AddressFlag[];
  }
>;

export interface ReadWords {
  /** Of `dev`. */
  readonly device: Token | undefined;
  readonly words: AddressWords;
}

/** Which address the words stand behind; its octets decide what `brd +` is. */
export interface WordsOf {
  readonly octets: Uint8Array;
  readonly prefixLength: number;
}

/** Reads all words of a line; what cannot be read is reported and left out. */
export function readAddressWords(tokens: readonly Token[], of: WordsOf, context: LowerContext): ReadWords {
  const waiting = [...tokens];
  let device: Token | undefined;
  let words: AddressWords = {};
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    const flag = flagWords[word.text];
    if (word.text === "dev") device = wordAfter(word, waiting, context);
    else if (flag !== undefined) words = { ...words, flags: [...(words.flags ?? []), flag] };
    else if (word.text === "no_track") words = { ...words, isUntracked: true };
    // What is the case without it as well.
    else if (word.text === "nodad") continue;
    else if (Object.hasOwn(refusedWords, word.text)) reportRefused(word, waiting, context);
    else if (Object.hasOwn(valueWords, word.text)) {
      const value = wordAfter(word, waiting, context);
      if (value !== undefined) words = { ...words, ...valueWords[word.text]?.(value, of, context) };
    } else reportUnknown(word, context);
  }
  return { device, words };
}

const flagWords: Readonly<Record<string, AddressFlag>> = {
  home: "home",
  "-nodad": "duplicateDetection",
  mngtmpaddr: "managedTemporary",
  noprefixroute: "noPrefixRoute",
  autojoin: "autojoin",
};

const valueWords: Readonly<
  Record<string, (value: Token, of: WordsOf, context: LowerContext) => AddressWords>
> = {
  label: readLabel,
  scope: readScope,
  brd: readBroadcast,
  broadcast: readBroadcast,
  peer: readPeer,
  preferred_lft: readLifetime,
};

const refusedWords: Readonly<Record<string, string>> = {
  use_vmac: "answer for the address with the interface's own MAC address",
  track_group: "stay active when the address is lost",
};

const scopes: Readonly<Record<string, number>> = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 };
const longestLabel = 15;
const lifetimeRange = { minimum: 0, maximum: 2 ** 32 - 2 } as const;

function readLabel(value: Token, { octets }: WordsOf, context: LowerContext): AddressWords {
  if (octets.length !== 4) return reportFamily(value, "an IPv6 address has no label", context);
  if (Buffer.byteLength(value.text) <= longestLabel) return { label: value.text };
  return reportValue(value, `\`label\` takes up to ${longestLabel} characters, as eth0:1`, context);
}

function readScope(value: Token, _of: WordsOf, context: LowerContext): AddressWords {
  const named = scopes[value.text];
  if (named !== undefined) return { scope: named };
  if (/^\d{1,3}$/u.test(value.text) && Number(value.text) <= 255) return { scope: Number(value.text) };
  return reportValue(value, "`scope` takes global, site, link, host, nowhere or a number up to 255", context);
}

/** `+` sets the host bits, `-` clears them, as iproute2 does. */
function readBroadcast(value: Token, { octets, prefixLength }: WordsOf, context: LowerContext): AddressWords {
  if (octets.length !== 4) return reportFamily(value, "an IPv6 address has no broadcast address", context);
  if (value.text === "+" || value.text === "-") {
    const hostBits = prefixLength === 0 ? 0xffff_ffff : 2 ** (32 - prefixLength) - 1;
    const address = new DataView(Uint8Array.from(octets).buffer).getUint32(0);
    const whole = value.text === "+" ? (address | hostBits) >>> 0 : (address & ~hostBits) >>> 0;
    return { broadcast: [24, 16, 8, 0].map((shift) => (whole >>> shift) & 0xff).join(".") };
  }
  if (parseAddress(value.text)?.length === 4) return { broadcast: value.text };
  return reportValue(value, "`brd` takes an IPv4 address, + or -", context);
}

function readPeer(value: Token, { octets }: WordsOf, context: LowerContext): AddressWords {
  const [address = "", length = octets.length === 4 ? "32" : "128"] = value.text.split("/");
  const isSound = parseAddress(address)?.length === octets.length && /^\d{1,3}$/u.test(length);
  if (isSound && Number(length) <= octets.length * 8)
    return { peer: { address, prefixLength: Number(length) } };
  return reportValue(value, "`peer` takes an address of the same family, with a length or without", context);
}

function readLifetime(value: Token, _of: WordsOf, context: LowerContext): AddressWords {
  if (value.text === "forever") return { preferredLifetime: "forever" };
  const seconds = readInteger("preferred_lft", value, lifetimeRange, context.report);
  return seconds === undefined ? {} : { preferredLifetime: seconds };
}

function wordAfter(word: Token, waiting: Token[], context: LowerContext): Token | undefined {
  const value = waiting.shift();
  if (value === undefined) {
    context.report({
      severity: "error",
      code: "missing-parameter",
      message: `\`${word.text}\` needs a value`,
      location: tokenLocation(word),
    });
  }
  return value;
}

function reportValue(value: Token, message: string, context: LowerContext): AddressWords {
  context.report({ severity: "error", code: "invalid-word", message, location: tokenLocation(value) });
  return {};
}

function reportFamily(value: Token, message: string, context: LowerContext): AddressWords {
  context.report({
    severity: "warning",
    code: "word-of-other-family",
    message: `${message}; it is left out`,
    location: tokenLocation(value),
  });
  return {};
}

function reportRefused(word: Token, waiting: Token[], context: LowerContext): void {
  if (word.text === "track_group") waiting.shift();
  context.report({
    severity: "error",
    code: "unsupported-keyword",
    message: `\`${word.text}\` is not supported yet; running without it would ${refusedWords[word.text]}`,
    location: tokenLocation(word),
  });
}

function reportUnknown(word: Token, context: LowerContext): void {
  const isAddress = parseAddress(word.text.split("/")[0] ?? "") !== undefined;
  const meant = nearest(["dev", ...Object.keys(valueWords), ...Object.keys(flagWords)], word.text);
  context.report({
    severity: isAddress ? "error" : "warning",
    code: isAddress ? "second-address-in-line" : "unknown-word",
    message: isAddress ? `a second address \`${word.text}\` in one line` : `unknown word \`${word.text}\``,
    location: tokenLocation(word),
    keepalived: `Unknown configuration entry '${word.text}' for ip address - ignoring`,
    ...(isAddress ? { suggestion: "write one address a line" } : {}),
    ...(meant === undefined ? {} : { suggestion: `did you mean \`${meant}\`?` }),
  });
}
