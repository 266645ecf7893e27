/** Fifty rounds of kill -9 of nats-server, daemon and both under 1,000 transitions a second (another seed each night). */

import { afterEach, beforeEach, test } from "vitest";
import { expectNothingLost } from "../support/crash-rounds.ts";
import { createEventNode, type EventNode } from "../support/event-node.ts";

/** The same kills again: UNDERSTUDY_CRASH_SEED with the seed of the failure. */
const seed = Number(process.env["UNDERSTUDY_CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

let node: EventNode;

beforeEach(async () => {
  node = await createEventNode();
});

afterEach(() => node.end());

test(`fifty rounds, seed ${seed}`, async () => {
  await expectNothingLost(node, seed, 50);
});
