/** What the test names prove of the checklist, and what does not fit together. */

import { type Checklist, matrixRows, type Requirement, vectors } from "./checklist.ts";
import type { TestName } from "./names.ts";
import type { Reason } from "./reasons.ts";

export interface Judged {
  readonly requirement: Requirement;
  /** Tests that name the requirement itself. */
  readonly named: readonly TestName[];
  /** Files with all of its cases; empty where one of them is not tested. */
  readonly byCases: readonly string[];
  readonly reason: Reason | undefined;
}

export interface Verdict {
  readonly judged: readonly Judged[];
  /** Sentences; empty where every requirement is proven or has its reason, and nothing is stale. */
  readonly complaints: readonly string[];
}

export function isProven({ named, byCases }: Judged): boolean {
  return named.length > 0 || byCases.length > 0;
}

export function judge(
  checklist: Checklist,
  tests: readonly TestName[],
  reasons: Readonly<Record<string, Reason>>,
): Verdict {
  const judged = checklist.requirements.map((requirement) => ({
    requirement,
    named: tests.filter(({ ids }) => ids.includes(requirement.id)),
    byCases: filesOfCases(requirement.cases ?? [], tests),
    reason: reasons[requirement.id],
  }));
  return {
    judged,
    complaints: [
      ...judged.flatMap(complaintsOf),
      ...unknownIds(checklist, tests),
      ...Object.keys(reasons).flatMap((id) => unknownReason(checklist, id)),
    ],
  };
}

function filesOfCases(cases: readonly string[], tests: readonly TestName[]): string[] {
  const found = cases.map((each) => tests.filter(({ ids }) => ids.includes(each)).map(({ file }) => file));
  return found.some((files) => files.length === 0) ? [] : [...new Set(found.flat())].sort();
}

function complaintsOf(judged: Judged): string[] {
  const { requirement, reason } = judged;
  if (isProven(judged)) {
    return reason === undefined
      ? []
      : [`${requirement.id} is proven: remove its reason from test/conformance/reasons.ts`];
  }
  return reason === undefined ? [`${requirement.id} has neither a test nor a reason`] : [];
}

function unknownIds(checklist: Checklist, tests: readonly TestName[]): string[] {
  const known = new Set([
    ...[...checklist.requirements, ...checklist.judgements, ...vectors, ...matrixRows].map(({ id }) => id),
    ...checklist.scenarios,
  ]);
  return tests.flatMap(({ file, name, ids }) =>
    ids.filter((id) => !known.has(id)).map((id) => `${id} is not in the checklist: ${file}, "${name}"`),
  );
}

function unknownReason(checklist: Checklist, id: string): string[] {
  return checklist.requirements.some((each) => each.id === id)
    ? []
    : [`a reason for ${id}, which is nothing`];
}
