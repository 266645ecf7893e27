/** Words of a route that tune its connections: `mtu [lock] N` and the others of ip-route(8). */

import { type Route, type RouteMetric, routeMetricSchema } from "../../../contracts/config/routing.ts";
import type { Token } from "../lexer.ts";
import { type LineReader, readNumber, refuse, wordAfter, wordRange } from "./routing-values.ts";

type Metric = Route["metrics"][number];

export const metricWords: readonly string[] = routeMetricSchema.options;

/** The metric of `word`, whose value stands in front of what is waiting. Undefined where it cannot be read. */
export function readMetric(line: LineReader, word: Token): Metric | undefined {
  const name = routeMetricSchema.parse(word.text);
  const first = wordAfter(line, word);
  const isLocked = first?.text === "lock";
  const token = isLocked ? wordAfter(line, first) : first;
  if (token === undefined) return undefined;
  const value = metricValue(line, name, word, token);
  return value === undefined ? undefined : { name, value, ...(isLocked ? { isLocked } : {}) };
}

function metricValue(
  line: LineReader,
  name: RouteMetric,
  word: Token,
  token: Token,
): number | string | undefined {
  switch (name) {
    case "congctl":
      return token.text.length <= longestName
        ? token.text
        : refuse(line, token, "invalid-word", `\`congctl\` takes a name of up to ${longestName} characters`);
    case "features":
      return token.text === "ecn" ? ecn : refuse(line, token, "invalid-word", "`features` takes ecn");
    case "rtt":
      return readTime(line, word, token, 8);
    case "rttvar":
      return readTime(line, word, token, 4);
    case "rto_min":
      return readTime(line, word, token, 1);
    case "quickack":
    case "fastopen_no_cookie":
      return readNumber(line, word, token, { minimum: 0, maximum: 1 });
    case "hoplimit":
      return readNumber(line, word, token, { minimum: 0, maximum: 255 });
    default:
      return readNumber(line, word, token, wordRange);
  }
}

/** RTAX_FEATURE_ECN. */
const ecn = 1;
const longestName = 15;

/** As iproute2: a number alone is the kernel's unit, with `ms` or `s` it is a time, of which the unit is a part. */
function readTime(line: LineReader, word: Token, token: Token, parts: number): number | undefined {
  const [, digits, unit] = /^(\d+)(s|sec|secs|ms|msec|msecs)$/u.exec(token.text) ?? [];
  if (digits === undefined || unit === undefined) return readNumber(line, word, token, wordRange);
  return Number(digits) * (unit.startsWith("s") ? 1000 : 1) * parts;
}
