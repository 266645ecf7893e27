/** `virtual_rules` and `static_rules`: one policy rule a line, in iproute2's words as keepalived takes them. */

import type { Rule } from "../../../contracts/config/routing.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import type { LowerContext } from "./context.ts";
import {
  field,
  type LineReader,
  lowerLines,
  noteFamily,
  octetRange,
  type ReadWord,
  readNamed,
  readNumber,
  readPrefix,
  readRealms,
  refuse,
  refuseUnknown,
  refuseWord,
  valued,
  wordRange,
} from "./routing-values.ts";

/** The rules of a block. One that cannot be read is an error. */
export function lowerRules(statements: readonly Statement[], context: LowerContext): readonly Rule[] {
  return lowerLines("rule", statements, context, (words, first) => readRule(words, first, context));
}

interface RuleLine extends LineReader {
  fields: Partial<Rule>;
}

function readRule(words: readonly Token[], token: Token, context: LowerContext): Rule | undefined {
  const line: RuleLine = {
    ...{ context, kind: "rule", waiting: [...words], family: undefined, isRefused: false, fields: {} },
  };
  for (let word = line.waiting.shift(); word !== undefined; word = line.waiting.shift()) {
    if (Object.hasOwn(ruleWords, word.text)) take(line, word, ruleWords[word.text]?.(line, word) ?? {});
    else if (word.text === "track_group")
      refuseWord(line, word, "leave routers active when the rule is lost");
    else refuseUnknown(line, word, Object.keys(ruleWords));
  }
  const { family = "ipv4", fields } = line;
  if (fields.action === undefined && fields.isVrf === undefined && !line.isRefused) {
    refuse(
      line,
      token,
      "rule-without-action",
      "the rule says nothing to do",
      "add `table`, or an action such as `prohibit`",
    );
  }
  if (fields.target !== undefined && (fields.preference ?? Number.POSITIVE_INFINITY) >= fields.target) {
    refuse(line, token, "invalid-goto", "`goto` needs a preference in front of the one it goes to");
  }
  if (line.isRefused) return undefined;
  const preference = fields.preference ?? nextPreference(family, token, context);
  const fixed = {
    family,
    action: "table" as const,
    table: 0,
    typeOfService: 0,
    protocol: keepalivedProtocol,
  };
  return { ...fixed, ...fields, preference };
}

/** keepalived counts down from 16384, each family by itself, over the whole file. */
function nextPreference(family: Rule["family"], token: Token, context: LowerContext): number {
  const preference = context.rulePreferences[family]--;
  context.report({
    severity: "warning",
    code: "rule-without-preference",
    message: `the rule has no preference; it gets ${preference}`,
    location: tokenLocation(token),
    keepalived: `Rule has no preference specified - setting to ${preference}. This is probably not what you want.`,
    suggestion: `write \`preference ${preference}\`, so that a rule in front of it cannot move it`,
  });
  return preference;
}

function take(line: RuleLine, word: Token, fields: Partial<Rule>): void {
  const isSecond = fields.action !== undefined && line.fields.action !== undefined;
  if (isSecond)
    refuse(line, word, "second-action", "a rule does one thing: a table, `goto`, or another action");
  line.fields = { ...line.fields, ...fields };
}

type Read = ReadWord<RuleLine, Rule>;

const table: Read = valued((line, word, value) => ({
  action: "table",
  ...field("table", readNamed(line, word, value, "rt_tables", wordRange)),
}));
const preference = counted("preference");
const typeOfService: Read = valued((line, word, value) =>
  field("typeOfService", readNamed(line, word, value, "rt_dsfield", octetRange)),
);
const suppressedLength = counted("suppressPrefixLength", { minimum: 0, maximum: 128 });
const suppressedGroup: Read = valued((line, word, value) =>
  field("suppressInterfaceGroup", readNamed(line, word, value, "group", wordRange)),
);
const incoming: Read = valued((line, _word, value) => interfaceField(line, "incomingInterface", value));
const ipProtocol: Read = valued((line, word, value) => {
  const known = ipProtocols[value.text];
  return field("ipProtocol", known ?? readNumber(line, word, value, octetRange));
});

const ruleWords: Readonly<Record<string, Read>> = {
  inet: (line, word) => {
    noteFamily(line, word, "ipv4");
    return {};
  },
  inet6: (line, word) => {
    noteFamily(line, word, "ipv6");
    return {};
  },
  not: () => ({ isInverted: true }),
  from: prefixed("from"),
  to: prefixed("to"),
  table,
  lookup: table,
  preference,
  order: preference,
  priority: preference,
  tos: typeOfService,
  dsfield: typeOfService,
  fwmark: valued(readMark),
  realms: valued((line, word, value) => field("realms", readRealms(line, word, value))),
  suppress_prefixlength: suppressedLength,
  sup_pl: suppressedLength,
  suppress_ifgroup: suppressedGroup,
  sup_group: suppressedGroup,
  iif: incoming,
  dev: incoming,
  oif: valued((line, _word, value) => interfaceField(line, "outgoingInterface", value)),
  "tunnel-id": counted("tunnel"),
  uidrange: valued((line, word, value) => field("users", readRange(line, word, value, wordRange))),
  l3mdev: () => ({ isVrf: true }),
  protocol: valued((line, word, value) =>
    field("protocol", readNamed(line, word, value, "rt_protos", octetRange)),
  ),
  ipproto: ipProtocol,
  ip_proto: ipProtocol,
  sport: valued((line, word, value) => field("sourcePorts", readRange(line, word, value, portRange))),
  dport: valued((line, word, value) => field("destinationPorts", readRange(line, word, value, portRange))),
  goto: valued((line, word, value) => ({
    action: "goto",
    ...field("target", readNumber(line, word, value, wordRange)),
  })),
  nop: () => ({ action: "nop" }),
  blackhole: () => ({ action: "blackhole" }),
  unreachable: () => ({ action: "unreachable" }),
  prohibit: () => ({ action: "prohibit" }),
  no_track: () => ({ isUntracked: true }),
};

const keepalivedProtocol = 18;
const portRange = { minimum: 1, maximum: 65_535 } as const;
const longestInterface = 15;
const ipProtocols: Readonly<Record<string, number>> = {
  ...{ icmp: 1, tcp: 6, udp: 17, dccp: 33, gre: 47, esp: 50, ah: 51, icmpv6: 58, "ipv6-icmp": 58 },
  ...{ sctp: 132, udplite: 136 },
};

/** `N[/MASK]`. */
function readMark(line: RuleLine, word: Token, value: Token): Partial<Rule> {
  const [text = "", maskText] = value.text.split("/");
  const mark = readNumber(line, word, { ...value, text }, wordRange);
  if (mark === undefined) return {};
  if (maskText === undefined) return { mark: { value: mark } };
  const mask = readNumber(line, word, { ...value, text: maskText }, wordRange);
  return mask === undefined ? {} : { mark: { value: mark, mask } };
}

/** `FIRST-LAST`, or one number for both. */
function readRange(line: RuleLine, word: Token, value: Token, range: { minimum: number; maximum: number }) {
  const [firstText = "", lastText = firstText] = value.text.split("-");
  const first = readNumber(line, word, { ...value, text: firstText }, range);
  const last = readNumber(line, word, { ...value, text: lastText }, range);
  if (first === undefined || last === undefined) return undefined;
  return first <= last
    ? { first, last }
    : refuse(line, value, "invalid-range", `\`${value.text}\` ends before it begins`);
}

function interfaceField(
  line: RuleLine,
  name: "incomingInterface" | "outgoingInterface",
  value: Token,
): Partial<Rule> {
  if (Buffer.byteLength(value.text) <= longestInterface) return { [name]: value.text };
  refuse(line, value, "invalid-interface-name", `\`${value.text}\` is too long for an interface`);
  return {};
}

function counted(
  name: "preference" | "tunnel" | "suppressPrefixLength",
  range: { minimum: number; maximum: number } = wordRange,
): Read {
  return valued((line, word, value) => field(name, readNumber(line, word, value, range)));
}

function prefixed(name: "from" | "to"): Read {
  return valued((line, _word, value) => {
    const prefix = readPrefix(line, value);
    return field(name, prefix === "all" ? undefined : prefix);
  });
}
