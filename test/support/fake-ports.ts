/** Ports that note what was asked of them and answer as the test says; a journal in memory; a clock set by hand. */

import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { TimerName } from "../../contracts/events/facts.ts";
import { type Microseconds, microseconds } from "../../contracts/units.ts";
import { done, failure, type Outcome } from "../../services/io/outcome.ts";
import type { Clock, Recorder, RouterPorts } from "../../services/ports.ts";

export const exampleRouter: VirtualRouterConfig = {
  name: "VI_1",
  interface: "eth0",
  family: "ipv4",
  version: 2,
  virtualRouterId: 51,
  priority: 51,
  advertisementInterval: 300,
  checksum: { send: "rfc5798", receive: "either" },
  preempt: true,
  preemptDelay: 0,
  authentication: { type: "pass", password: [49, 49, 49, 49] },
  addresses: [{ address: "10.10.10.114", prefixLength: 32, interface: "eth0" }],
  trackedInterfaces: ["eth0"],
  tracked: [],
  announcements: { repeat: 5, secondBurstDelay: 500 },
  answersLowerPriority: true,
  addressLease: true,
  acceptMode: true,
  handlers: {},
  source: { file: "node-a.conf", line: 9 },
};

export interface FakePorts extends RouterPorts {
  /** What was asked, in order: "sendAdvert 51", "installAddresses", ... */
  readonly calls: string[];
  /** Errors by call name; a call without one succeeds. */
  readonly failures: Map<string, string>;
  readonly armed: Map<TimerName, { readonly dueAt: Microseconds; readonly generation: number }>;
}

export function fakePorts(): FakePorts {
  const calls: string[] = [];
  const failures = new Map<string, string>();
  const armed: FakePorts["armed"] = new Map();
  const call = (name: string, ...words: readonly unknown[]): Outcome => {
    calls.push([name, ...words].join(" "));
    const error = failures.get(name);
    return error === undefined ? done : failure(error);
  };
  return {
    calls,
    failures,
    armed,
    sendAdvert: (_router, priority) => call("sendAdvert", priority),
    installAddresses: () => call("installAddresses"),
    renewAddresses: () => call("renewAddresses"),
    withdrawAddresses: () => call("withdrawAddresses"),
    announceAddresses: (_router, repeat) => call("announceAddresses", repeat),
    installRouting: () => call("installRouting"),
    withdrawRouting: () => call("withdrawRouting"),
    armTimer: (_router, { timer, dueAt, generation }) => void armed.set(timer, { dueAt, generation }),
    cancelTimer: (_router, timer) => void armed.delete(timer),
  };
}

export interface FakeClock extends Clock {
  set(now: number): void;
}

export function fakeClock(): FakeClock {
  let now = microseconds(1_000_000);
  return {
    monotonic: () => now,
    wallClock: () => "2026-11-22T16:50:00.000000Z",
    set: (value) => {
      now = microseconds(value);
    },
  };
}

export interface FakeRecorder extends Recorder {
  readonly records: EventRecord[];
}

export function fakeRecorder(): FakeRecorder {
  const records: EventRecord[] = [];
  return {
    records,
    append({ router, key, class: eventClass, body, at, correlationId, causationId }) {
      const sequence = records.length + 1;
      const id = `node_A/${router}/00000000/${sequence}`;
      const record: EventRecord = {
        id,
        node: "node_A",
        router,
        key,
        class: eventClass,
        sequence,
        incarnation: "00000000",
        position: sequence,
        time: "2026-11-22T16:50:00.000000Z",
        monotonic: at,
        correlationId: correlationId ?? id,
        causationId: causationId ?? null,
        machineVersion: "1.0.0",
        prevHash: "",
        hash: "",
        body,
      };
      records.push(record);
      return record;
    },
  };
}
