/** kill -9 of nats-server, daemon and both under 1,000 transitions a second: the short form of the nightly one. Needs nats-server. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { compareCopy } from "../support/copies.ts";
import { expectNothingLost } from "../support/crash-rounds.ts";
import { createEventNode, type EventNode } from "../support/event-node.ts";
import { recordHistory } from "../support/recorded-history.ts";

let node: EventNode;

beforeEach(async () => {
  node = await createEventNode();
});

afterEach(() => node.end());

test("six rounds: each transition written is in the journal and in the stream once, in order, as it was", async () => {
  await expectNothingLost(node, 20_261_123, 6);
});

test("the comparison counts what is missing, twice, out of order, changed and unknown", () => {
  const records = recordHistory(1, 2, 100).records.map(({ record }) => record);
  const [one, two, three, four, five, ...rest] = records;
  if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error();
  if (five === undefined) throw new Error();
  const changed = { ...four, body: "other" };
  const foreign = { ...five, id: "n/VI_1/deadbeef/1", position: five.position + 0.5 };
  expect(compareCopy(records, [one, one, three, two, changed, foreign, ...rest])).toEqual({
    written: records.length,
    stored: records.length + 1,
    duplicated: 1,
    lost: 1,
    reordered: 1,
    altered: 1,
    unknown: 1,
  });
});
