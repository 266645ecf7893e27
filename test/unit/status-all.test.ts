/** What is wrong between nodes, from what each of them says: two active, nobody active, silence. */

import { describe, expect, it } from "vitest";
import type { NodePresence, RouterPresence } from "../../contracts/presence.ts";
import { readPresence, stateSubject } from "../../contracts/presence.ts";
import { findNodeProblems, nodesText } from "../../services/cli/status-all.ts";
import { nodePresence } from "../support/node-presence.ts";

const now = Date.parse("2026-11-23T05:00:20.000Z");

function router(
  node: string,
  state: RouterPresence["state"],
  more: Partial<RouterPresence> = {},
): RouterPresence {
  return {
    ...{
      node,
      at: "2026-11-23T05:00:00.000000Z",
      name: "VI_1",
      interface: `eth-${node}`,
      virtualRouterId: 51,
      family: "ipv4",
      lastRecord: null,
    },
    ...{
      version: 3,
      state,
      since: "2026-11-23T04:00:00.000000Z",
      reason: "noResponse",
      effectivePriority: 100,
    },
    ...{ explanation: "no advert from an active router in time", priorityByHand: null, faults: [] },
    ...{ activeAddress: "10.0.0.1", primaryAddress: "10.0.0.1", lastEvent: "activeTimeout" },
    ...{ newActiveReason: "noResponse", addresses: [`10.0.0.9/24@eth-${node}`] },
    ...more,
  };
}

function node(name: string, at = "2026-11-23T05:00:18.000000Z", more: Partial<NodePresence> = {}) {
  return nodePresence(name, { at, ...more });
}

describe("problems between nodes", () => {
  const pair = [node("A"), node("B")];

  it("none where one is active and the other waits", () => {
    expect(
      findNodeProblems({ routers: [router("A", "active"), router("B", "backup")], nodes: pair }, now),
    ).toEqual([]);
  });

  it("two that are active for the same VRID and addresses, whatever their interfaces are called", () => {
    const routers = [router("A", "active"), router("B", "active")];
    expect(findNodeProblems({ routers, nodes: pair }, now)).toEqual(["VI_1 is active on A and B"]);
    const elsewhere = router("B", "active", { addresses: ["10.0.0.8/24@eth-B"] });
    expect(findNodeProblems({ routers: [router("A", "active"), elsewhere], nodes: pair }, now)).toEqual([]);
  });

  it("nobody that is active, also where the last one said so before it fell silent or stopped", () => {
    const routers = [router("A", "active"), router("B", "backup")];
    const silent = [node("A", "2026-11-23T05:00:03.000000Z"), node("B")];
    expect(findNodeProblems({ routers, nodes: silent }, now)).toEqual([
      "nobody is active for VI_1",
      "A has not spoken for 17 s",
    ]);
    const stopped = [node("A", undefined, { isStopped: true }), node("B")];
    expect(findNodeProblems({ routers, nodes: stopped }, now)).toEqual(["nobody is active for VI_1"]);
  });

  it("what a node says of itself comes last, and not from one that is gone", () => {
    const full = { problems: ["12 records wait for the disk of /j"] };
    const nodes = [node("A", undefined, full), node("B", undefined, { isStopped: true, ...full })];
    expect(findNodeProblems({ routers: [router("A", "active")], nodes }, now)).toEqual([
      "A: 12 records wait for the disk of /j",
    ]);
  });
});

describe("the table", () => {
  it("has a line for each router on each node, and one for each node", () => {
    const routers = [router("A", "active"), router("B", "backup")];
    const lines = nodesText(
      { routers, nodes: [node("A"), node("B", undefined, { isStopped: true })], problems: [] },
      now,
    ).split("\n");
    expect(lines.filter((line) => line.includes("VI_1"))).toHaveLength(2);
    expect(lines.some((line) => /^ ?A +2 s ago +at 7 +live, 7 stored/u.test(line))).toBe(true);
    expect(lines.some((line) => /^ ?B +stopped at /u.test(line))).toBe(true);
  });
});

describe("the values of the bucket", () => {
  it("are read by their key; what is no value is passed over, and members of later daemons are left out", () => {
    const value = router("A", "active");
    expect(readPresence(stateSubject("A", "VI_1"), JSON.stringify({ ...value, later: 1 }))).toEqual(value);
    expect(readPresence(stateSubject("A", "_node"), JSON.stringify(node("A")))).toEqual(node("A"));
    expect(readPresence(stateSubject("A", "VI_1"), "")).toBeUndefined();
    expect(readPresence("$KV.OTHER.A.VI_1", JSON.stringify(value))).toBeUndefined();
  });
});
