/** What a predecessor that was killed may have left on the interfaces: a pure fold over its records. */

import { type EventRecord, effectOutcomeSchema } from "../../contracts/events/envelope.ts";

/** `address/length@interface`, in the order of installation: installed, as far as the records say, and not withdrawn. */
export function leftoverAddresses(records: Iterable<EventRecord>): readonly string[] {
  const installed = new Set<string>();
  for (const record of records) {
    if (record.class !== "effect") continue;
    const outcome = effectOutcomeSchema.safeParse(record.body);
    if (!outcome.success || !outcome.data.ok) continue;
    for (const address of outcome.data.addresses ?? []) {
      if (outcome.data.effect === "addresses.install") installed.add(address);
      if (outcome.data.effect === "addresses.withdraw") installed.delete(address);
    }
  }
  return [...installed];
}
