/** Rules of keywords with one value, the same in every block: a number, seconds, a switch; and how many words a keyword has. */

import type { Severity } from "../diagnostics.ts";
import { type NumberRange, readBoolean, readDecimal, readInteger } from "../values.ts";
import type { Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";

export const one = { minimum: 1, maximum: 1 } as const;
export const optional = { minimum: 0, maximum: 1 } as const;
export const bare = { minimum: 0, maximum: 0 } as const;

/** A Rule of every draft that has such fields. */
export interface ValueRule<Fields> {
  readonly minimum: number;
  readonly maximum: number;
  readonly apply: (setting: Setting, draft: unknown, context: LowerContext) => Partial<Fields>;
}

/** A whole number within the range. */
export function integerRule<Fields>(
  range: NumberRange,
  fields: (value: number) => Fields,
): ValueRule<Fields> {
  return {
    ...one,
    apply: ({ keyword, value }, _draft, { report }) => {
      const number = readInteger(keyword.text, value, range, report);
      return number === undefined ? {} : fields(number);
    },
  };
}

/** Decimal seconds, with the range in seconds -> whole milliseconds. */
export function durationRule<Fields>(
  range: NumberRange,
  fields: (milliseconds: number) => Fields,
): ValueRule<Fields> {
  return {
    ...one,
    apply: ({ keyword, value }, _draft, { report }) => {
      const seconds = readDecimal(keyword.text, value, range, report);
      return seconds === undefined ? {} : fields(Math.round(seconds * 1000));
    },
  };
}

/**
 * A keyword that is on by standing there, and takes a word that says so or not. Another word is an error, or a warning where
 * a slip should keep nothing from starting.
 */
export function switchRule<Fields>(
  fields: (isOn: boolean) => Fields,
  severity: Severity = "error",
): ValueRule<Fields> {
  return {
    ...optional,
    apply: ({ keyword, parameters: [value] }, _draft, { report }) => {
      const isOn =
        value === undefined
          ? true
          : readBoolean(keyword.text, value, (diagnostic) => report({ ...diagnostic, severity }));
      return isOn === undefined ? {} : fields(isOn);
    },
  };
}
