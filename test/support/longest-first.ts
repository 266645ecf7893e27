/**
 * The order of the test files. Those that take longest come first: a worker that begins one of them last is alone with
 * it, while the others have nothing to do. Vitest knows what a file took where it ran before; in a fresh clone it knows
 * sizes only, and the longest tests are short to read.
 */

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files of test/system that take longer than half a minute, the longest first. */
export const longestFiles = [
  "interoperation",
  "pair-unicast",
  "pair-authentication-header",
  "pair-misconfigured",
  "reload",
  "pair-freeze",
  "operator-commands",
  "lab",
  "pair-nats",
  "reload-node",
  "election-words",
  "pair-kill",
  "announcements",
];

/** A class, since that is what Vitest makes its sequencer of. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => group(one) - group(other) || rank(one) - rank(other));
  }
}

function group({ project }: TestSpecification): number {
  return project.config.sequence.groupOrder;
}

function rank({ moduleId }: TestSpecification): number {
  const found = longestFiles.findIndex((name) => moduleId.endsWith(`/test/system/${name}.test.ts`));
  return found === -1 ? longestFiles.length : found;
}
