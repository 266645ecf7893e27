/** How large and how old the journal may become: flags, else UNDERSTUDY_JOURNAL_* variables, else the defaults. */

import { failure, type Outcome, success } from "../io/outcome.ts";
import type { RetentionLimits } from "../journal/retention.ts";

export interface RetentionFlags {
  readonly journalSize?: string | undefined;
  readonly journalAge?: string | undefined;
}

const defaults = { size: "2GB", age: "400d" } as const;

const megabyte = 1024 * 1024;

/** Four segments: two stay always, and NATS may be away for as long as the others take. */
const leastSize = 32 * megabyte;

/** The error names the flag. */
export function retentionOf({ journalSize, journalAge }: RetentionFlags): Outcome<RetentionLimits> {
  const size = journalSize ?? process.env["UNDERSTUDY_JOURNAL_SIZE"] ?? defaults.size;
  const age = journalAge ?? process.env["UNDERSTUDY_JOURNAL_AGE"] ?? defaults.age;
  const octets = read(size, { MB: megabyte, GB: 1024 * megabyte, TB: 1024 * 1024 * megabyte });
  const milliseconds = read(age, { h: 3_600_000, d: 86_400_000 });
  if (octets === undefined) return failure(`--journal-size: "${size}" is no size (512MB, 2GB, 1TB)`);
  if (octets < leastSize) return failure(`--journal-size: ${size} is too little; 32MB is the least`);
  if (milliseconds === undefined) return failure(`--journal-age: "${age}" is no age (12h, 30d)`);
  return success({ octets, age: milliseconds });
}

/** A whole number above zero and one of the units; undefined for anything else. */
function read(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, count = "", unit = ""] = /^(\d{1,9}) ?([A-Za-z]+)$/u.exec(text) ?? [];
  const amount = Number(count) * (Object.hasOwn(units, unit) ? (units[unit] ?? 0) : 0);
  return amount > 0 ? amount : undefined;
}
