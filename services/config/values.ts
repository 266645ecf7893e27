/** The words of a setting -> numbers and booleans, by keepalived's rules (P10, P11). */

import type { Report } from "./diagnostics.ts";
import { type Token, tokenLocation } from "./lexer.ts";

export interface NumberRange {
  readonly minimum: number;
  readonly maximum: number;
}

/**
 * A decimal integer in the range. Junk behind the digits is dropped with a warning, as keepalived drops it when it
 * runs. No digits, or a number outside of the range, is an error and gives undefined.
 */
export function readInteger(
  keyword: string,
  token: Token,
  range: NumberRange,
  report: Report,
): number | undefined {
  const digits = leadingNumber(keyword, token, /^[+-]?\d+/u, report);
  if (digits === undefined) return undefined;
  return withinRange(keyword, token, Number(digits), range, report);
}

/** As readInteger, with decimals: seconds -> seconds. */
export function readDecimal(
  keyword: string,
  token: Token,
  range: NumberRange,
  report: Report,
): number | undefined {
  const digits = leadingNumber(keyword, token, /^[+-]?(\d+(\.\d*)?|\.\d+)/u, report);
  if (digits === undefined) return undefined;
  return withinRange(keyword, token, Number(digits), range, report);
}

/** on, off, true, false, yes, no in lower case. Anything else is an error and gives undefined. */
export function readBoolean(keyword: string, token: Token, report: Report): boolean | undefined {
  if (["on", "true", "yes"].includes(token.text)) return true;
  if (["off", "false", "no"].includes(token.text)) return false;
  report({
    severity: "error",
    code: "not-a-boolean",
    message: `\`${keyword}\` takes on or off, not \`${token.text}\``,
    location: tokenLocation(token),
    keepalived: "reports the word and keeps the default",
    suggestion: "write on, off, true, false, yes or no, in lower case",
  });
  return undefined;
}

function leadingNumber(keyword: string, token: Token, pattern: RegExp, report: Report): string | undefined {
  const digits = pattern.exec(token.text)?.[0];
  if (digits === undefined) {
    report({
      severity: "error",
      code: "not-a-number",
      message: `\`${keyword}\` takes a number, not \`${token.text}\``,
      location: tokenLocation(token),
      keepalived: `invalid number '${token.text}'; it ignores the setting`,
    });
  } else if (digits.length < token.text.length) {
    report({
      severity: "warning",
      code: "junk-after-number",
      message: `\`${token.text}\` is read as ${digits}`,
      location: tokenLocation(token),
      keepalived: `does the same when it runs, and refuses the number under -t`,
      suggestion: `write \`${keyword} ${digits}\``,
    });
  }
  return digits;
}

function withinRange(keyword: string, token: Token, value: number, range: NumberRange, report: Report) {
  if (value >= range.minimum && value <= range.maximum) return value;
  report({
    severity: "error",
    code: "out-of-range",
    message: `\`${keyword} ${token.text}\`: the number must be ${range.minimum} to ${range.maximum}`,
    location: tokenLocation(token),
    keepalived: `number '${token.text}' outside range [${range.minimum}, ${range.maximum}]; it ignores the setting`,
  });
  return undefined;
}
