/** What a node in health says of itself, for tests that need one without a daemon. */

import type { NodePresence } from "../../contracts/presence.ts";

export function nodePresence(node: string, more: Partial<NodePresence> = {}): NodePresence {
  const journal = { directory: "/j", incarnation: "0a0a0a0a", position: 7 };
  const bus = { state: "live", url: "nats://127.0.0.1:4222", stream: "EV", acknowledged: 7, backlog: 0 };
  return {
    ...{ node, at: "2026-11-23T05:00:18.000000Z", isStopped: false, version: "0.1.0" },
    ...{ startedAt: "2026-11-23T04:00:00.000000Z", maintenance: null, problems: [] },
    journal: { ...journal, unwritten: 0, failures: 0, overdue: null },
    handlers: { state: "none", told: 0, failed: 0, failing: [] },
    bus: { ...bus, lastError: null, shortcomings: [] },
    ...more,
  };
}
