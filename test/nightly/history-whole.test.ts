/** A history that is read while its nats-server is killed and comes back: all of it, or an error. Needs nats-server. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { subscribe } from "../../services/client/subscribe.ts";
import { monotonic } from "../../services/io/clock.ts";
import { createEventNode, type EventNode, isLive, isReady, patience, pidOf } from "../support/event-node.ts";

let node: EventNode;
beforeEach(async () => {
  node = await createEventNode();
});
afterEach(() => node.end());

const records = 500;

/** What a reader is told without following, or why it was not. */
async function readAll(): Promise<string> {
  const positions: number[] = [];
  const outcome = await subscribe({
    ...{ address: node.addressOf("reader"), name: "test", filter: {}, follow: false },
    start: { kind: "beginning" },
    onRecord: ({ position }) => void positions.push(position),
    onProblem: () => undefined,
    signal: new AbortController().signal,
  });
  const isWhole =
    positions.length === records && positions.every((position, index) => position === index + 1);
  if (outcome.ok) return isWhole ? "whole" : `only ${positions.length} records, and no error`;
  return outcome.error;
}

test("a history read while the server is killed and comes back is whole, or says why it is not", async () => {
  const server = node.startServer();
  await isReady(server);
  const journal = node.openJournal();
  const bus = node.startBus(journal);
  for (let number = 0; number < records; number += 1) {
    const draft = { router: `VI_${number % 7}`, key: null, class: "transition" } as const;
    journal.append({ ...draft, body: { number }, at: monotonic() });
  }
  await isLive(bus);
  const answers: string[] = [];
  let isDone = false;
  const reading = Array.from({ length: 3 }, async () => {
    while (!isDone) answers.push(await readAll());
  });
  for (let round = 0; round < 4; round += 1) {
    await vi.waitUntil(() => answers.at(-1) === "whole", patience);
    const killed = pidOf(server);
    process.kill(killed, "SIGKILL");
    await vi.waitUntil(() => server.status().pid !== killed && server.status().state === "ready", patience);
    const before = answers.length;
    await vi.waitUntil(() => answers.slice(before).includes("whole"), patience);
  }
  isDone = true;
  await Promise.all(reading);
  expect(answers.filter((answer) => answer.startsWith("only"))).toEqual([]);
  expect(answers.filter((answer) => answer === "whole").length).toBeGreaterThan(4);
});
