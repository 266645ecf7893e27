/** A long history folded again: 100,000 facts, and not one hash that differs. */

import { expect, test } from "vitest";
import { createVerifier } from "../../services/history/verify.ts";
import { recordHistory } from "../support/recorded-history.ts";

test("100,000 facts of 50 routers replay to the recorded hashes", { timeout: 120_000 }, () => {
  const { records, facts } = recordHistory(20_261_123, 50, 100_000);
  const verifier = createVerifier();
  for (const { record } of records) verifier.add(record);
  const report = verifier.report();
  console.log(`${report.facts} facts, ${report.transitions} transitions, ${report.differing} differing`);
  expect(report).toMatchObject({ differing: 0, withoutFacts: 0, broken: [], divergence: undefined });
  expect(report.facts).toBeGreaterThanOrEqual(facts);
  expect(report.verified).toBe(report.transitions);
});
