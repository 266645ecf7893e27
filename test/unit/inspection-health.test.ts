/** How the inspector says that a node is: silent after fifteen seconds, the worst first, and nothing that it cannot know. */

import { describe, expect, it } from "vitest";
import type { NodePresence } from "../../contracts/presence.ts";
import { healthOf, inOrder } from "../../machines/inspection/health.ts";
import { createNodes } from "../../services/inspector/server/nodes.ts";
import { nodePresence } from "../support/node-presence.ts";

const spokeAt = 1_000_000;

function health(milliseconds: number, more: Partial<NodePresence> = {}, isDeaf = false) {
  return healthOf({ presence: nodePresence("a", more), spokeAt }, { now: spokeAt + milliseconds, isDeaf });
}

describe("a node", () => {
  it("that spoke and has no problem is in health", () => {
    expect(health(5000)).toEqual({
      ...{ node: "a", severity: "good", word: "in health", problems: [] },
      signs: ["journal written", "bus live", "spoke 5 s ago"],
    });
    expect(health(-400).signs.at(-1)).toBe("spoke just now");
  });

  it("that said nothing for more than fifteen seconds is silent, and what it said last stands behind that", () => {
    expect(health(15_000).word).toBe("in health");
    expect(health(15_001, { problems: ["VI_1 is in fault: link down"] })).toMatchObject({
      ...{ severity: "bad", word: "silent" },
      problems: ["has not spoken for 15 s", "VI_1 is in fault: link down"],
    });
    expect(health(200_000).problems).toEqual(["has not spoken for 3 min"]);
  });

  it("is not called silent by an inspector that hears nothing itself", () => {
    expect(health(60_000, {}, true)).toMatchObject({ severity: "idle", word: "not known now", problems: [] });
    expect(health(5000, {}, true).word).toBe("in health");
  });

  it("that said that it stops is stopped, however long ago, and its old problems are over", () => {
    expect(health(7_200_000, { isStopped: true, problems: ["a problem"] })).toEqual({
      ...{ node: "a", severity: "idle", word: "stopped", problems: [] },
      signs: ["said that it stops, 2 h ago"],
    });
  });

  it("tells its problems, its maintenance, and what waits", () => {
    const { journal, bus, handlers } = nodePresence("a");
    const unheard = { ...handlers, state: "unheard" } as const;
    expect(
      health(0, {
        handlers: unheard,
        problems: ["2 records wait for the disk of /j"],
        journal: { ...journal, unwritten: 2 },
        bus: { ...bus, state: "connecting", backlog: 3 },
      }),
    ).toMatchObject({
      ...{ severity: "warning", word: "has a problem", problems: ["2 records wait for the disk of /j"] },
      signs: [
        ...["journal: 2 records wait for the disk", "bus connecting, 3 events wait"],
        ...["nobody runs its handlers", "spoke just now"],
      ],
    });
    const by = { user: "root", uid: 0, pid: 1 };
    const maintenance = { since: "2026-11-23T05:00:00.000000Z", by, reason: null };
    expect(health(0, { maintenance, problems: ["in maintenance"] })).toMatchObject({
      ...{ severity: "warning", word: "in maintenance", problems: ["in maintenance"] },
    });
  });
});

it("silent nodes come first, then those with problems, then the others by name; one without a word stays among them", () => {
  const cards = [
    { node: "d", health: health(0, { isStopped: true }) },
    { node: "c", health: health(0) },
    { node: "b", health: undefined },
    { node: "a", health: health(0) },
    { node: "y", health: health(0, { problems: ["one"] }) },
    { node: "z", health: health(20_000) },
  ];
  expect(inOrder(cards).map(({ node }) => node)).toEqual(["z", "y", "a", "b", "c", "d"]);
});

it("of words from several servers the newest of each node counts", () => {
  const nodes = createNodes();
  const at = (second: number) => `2026-11-23T05:00:${second}.000000Z`;
  expect(nodes.hear([nodePresence("a", { at: at(20) }), nodePresence("b", { at: at(20) })])).toBe(true);
  expect(nodes.hear([nodePresence("a", { at: at(15) }), nodePresence("b", { at: at(20) })])).toBe(false);
  expect(nodes.hear([nodePresence("a", { at: "never" })])).toBe(false);
  expect(nodes.hear([nodePresence("a", { at: at(25) })])).toBe(true);
  expect(nodes.words().map(({ presence, spokeAt: when }) => [presence.node, presence.at, when])).toEqual([
    ["a", "2026-11-23T05:00:25.000000Z", 1_795_410_025_000],
    ["b", "2026-11-23T05:00:20.000000Z", 1_795_410_020_000],
  ]);
});
