/** One row of the table. */

import { type Spread, shown } from "./numbers.ts";

export interface Row {
  readonly figure: string;
  readonly unit: string;
  readonly ours: number;
  readonly keepalived: number | undefined;
  /** The whole spread, in words. */
  readonly detail: string;
  /** The largest value that is good enough. */
  readonly target: number | undefined;
}

export function isMet({ ours, target }: Row): boolean | undefined {
  return target === undefined ? undefined : ours <= target;
}

/** The p99 of a series instead of its median. */
export function tailRow(...[figure, unit, ours, theirs, target]: Parameters<typeof spreadRow>): Row {
  const tail = (spread: Spread) => ({ ...spread, p50: spread.p99 });
  return spreadRow(figure, unit, tail(ours), theirs && tail(theirs), target);
}

export function spreadRow(
  figure: string,
  unit: string,
  ours: Spread,
  theirs: Spread | undefined,
  target: number | undefined,
): Row {
  const words = ({ count, min, p99, max }: Spread) =>
    `${shown(min)} to ${shown(max)}, p99 ${shown(p99)}, n=${count}`;
  const detail = `ours ${words(ours)}${theirs === undefined ? "" : `; keepalived ${words(theirs)}`}`;
  return { figure, unit, ours: ours.p50, keepalived: theirs?.p50, detail, target };
}
