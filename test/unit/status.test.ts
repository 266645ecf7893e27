/** `understudy status`: problems first, most urgent first, and a table that fits a person's eye. */

import { describe, expect, it } from "vitest";
import type { RouterStatus, StatusReport } from "../../contracts/status.ts";
import { statusText } from "../../services/cli/status.ts";
import { findProblems } from "../../services/status-report.ts";

const router: RouterStatus = {
  name: "VI_1",
  interface: "enp3s0f0",
  virtualRouterId: 51,
  version: 2,
  state: "active",
  since: "2026-11-22T16:50:00.000000Z",
  reason: "noResponse",
  explanation: "no advert from an active router in time",
  effectivePriority: 51,
  priorityByHand: null,
  activeAddress: "10.10.10.11",
  primaryAddress: "10.10.10.11",
  lastEvent: "activeTimeout",
  newActiveReason: "noResponse",
  faults: [],
  addresses: ["10.10.10.114/32@enp3s0f0"],
  rejections: [],
  statistics: {},
};

const report: StatusReport = {
  node: "node_A",
  pid: 1,
  version: "0.1.0",
  startedAt: "2026-11-22T16:50:00.000000Z",
  routers: [router],
  maintenance: null,
  unknownAdverts: 0,
  journal: {
    directory: "/var/lib/understudy/journal",
    incarnation: "0a1b2c3d",
    position: 3,
    unwritten: 0,
    failures: 0,
    overdue: null,
  },
  handlers: { state: "running", told: 4, failed: 1, failing: [] },
  bus: {
    state: "live",
    url: "nats://127.0.0.1:4222",
    stream: "EV_node_A_0a1b2c3d",
    acknowledged: 3,
    backlog: 0,
    lastError: null,
    shortcomings: [],
  },
  problems: [],
};

describe("problems", () => {
  it("are none in health", () => {
    expect(findProblems(report)).toEqual([]);
  });

  it("name a fault, a refused peer, a full disk and an absent server, in this order", () => {
    const rejection = {
      name: "authentication",
      accepted: false,
      source: "10.10.10.12",
      detail: "the password differs",
      count: 7,
    } as const;
    const problems = findProblems({
      ...report,
      routers: [
        { ...router, rejections: [rejection] },
        { ...router, name: "VI_2", state: "fault", faults: ["interface eth1 is down"] },
      ],
      journal: { ...report.journal, unwritten: 2 },
      bus: { ...report.bus, state: "down", lastError: "connection refused" },
    });
    expect(problems).toEqual([
      "VI_2 is in fault: interface eth1 is down",
      "VI_1 is active and refuses 10.10.10.12 (7 adverts): the password differs",
      "2 records wait for the disk of /var/lib/understudy/journal",
      "events do not reach nats://127.0.0.1:4222: connection refused",
    ]);
  });
});

describe("the text", () => {
  it("shows problems first, then every router with why it is in its state", () => {
    const lines = statusText({ ...report, problems: ["VI_2 is in fault"] }).split("\n");
    expect(lines[0]).toBe("! VI_2 is in fault");
    const row = lines.find((line) => line.includes("VI_1"));
    expect(row).toMatch(/VI_1 \(enp3s0f0\/51\)\s+active\s+\S+ \S+\s+51\s+10\.10\.10\.11\s+no advert/u);
  });
});
