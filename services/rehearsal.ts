/**
 * The rehearsal: takeovers on an empty stage. V8 compiles a function when it is first called, and a backup takes over
 * for the first time when it matters: unrehearsed, its first advert left a millisecond later and its event two more.
 * So for some seconds after the start a router with very short timers takes over again and again, by the whole way from
 * the timer to the hashed record, its way to NATS and its log line. Its ports change nothing, its records are thrown away.
 */

import { setFlagsFromString } from "node:v8";
import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { EventRecord } from "../contracts/events/envelope.ts";
import type { Fact } from "../contracts/events/facts.ts";
import { centiseconds, microseconds } from "../contracts/units.ts";
import { parametersOf } from "../machines/parameters.ts";
import { machineIdentity } from "../machines/record.ts";
import { numberRecord } from "./journal/numbering.ts";
import { createSilentLog } from "./log/log.ts";
import { logRecord } from "./log/log-record.ts";
import { type NetworkPorts, noAddress } from "./network-ports.ts";
import type { Clock, Recorder } from "./ports.ts";
import { superviseRouters } from "./supervisor.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface RehearsalOptions {
  /** The router whose part is played; it is not touched. IPv4. */
  readonly config: VirtualRouterConfig;
  readonly clock: Clock;
  /** Does everything but the last step. */
  readonly stage: NetworkPorts;
  /** How many routers there are: that many takeovers are rehearsed, up to a limit, as that many may come at once. */
  readonly routers: number;
}

export interface Rehearsal {
  /** Begins, where nothing is waited for any more. `send` gets every record that is thrown away, and its JSON text. */
  start(send: Send): void;
  /**
   * One takeover, at once: a processor that has slept for seconds does everything slowly the first time. For the
   * milliseconds before a takeover that are left over; at most once a second.
   */
  onceMore(): void;
  /** Idempotent. */
  stop(): void;
}

type Send = (record: EventRecord, text: string) => void;

/** Takeovers after which V8 has nothing left to learn. */
const mostTakeovers = 1000;
/** Milliseconds in which it ends: sooner than an advert each second can be missed. */
const duration = 2_500;
/** Milliseconds between two returns of the lead, which send the understudy back; its timer runs for 38. */
const period = 50;
/** Microseconds between two calls of onceMore that are heard. */
const rest = 1_000_000;
/** Milliseconds until the understudy leaves again after onceMore. */
const leave = 20;
const shortestInterval = centiseconds(1);
const ownPriority = 254;
const leadPriority = 255;
/** TEST-NET-1 (RFC 5737). */
const ownAddress = "192.0.2.1";
const leadAddress = "192.0.2.2";

export function prepareRehearsal({ config, clock, stage, routers }: RehearsalOptions): Rehearsal {
  const takeoversPerPeriod = Math.ceil((Math.min(routers, mostTakeovers) * period) / duration);
  let send: Send = () => undefined;
  let timers: NodeJS.Timeout[] = [];
  let last = Number.NEGATIVE_INFINITY;
  const understudies = superviseRouters({
    configs: [partOf(config)],
    clock,
    recorder: emptyJournal(clock, (record, text) => send(record, text)),
    recording: "transitions",
    // The advert says the real interval: version 2 cannot say one below a second.
    ports: { ...stage, sendAdvert: (_part, priority) => stage.sendAdvert(config, priority) },
    introduce: (router) => introduce(router, clock),
    onRecord: rehearseLogging(),
    onUnrecorded: () => undefined,
    onNotice: () => undefined,
  });
  const tell = (fact: Fact) => {
    for (const understudy of understudies.routers()) understudy.dispatch(fact);
  };
  const sendBack = () =>
    tell({
      type: "advert.received",
      at: clock.monotonic(),
      source: leadAddress,
      priority: leadPriority,
      advertisementInterval: shortestInterval,
    });
  const takeOver = () => {
    for (const understudy of understudies.routers()) {
      const { activeDownTimer } = understudy.memory().timers;
      if (activeDownTimer === undefined) continue;
      const { dueAt, generation } = activeDownTimer;
      const at = microseconds(dueAt);
      understudy.dispatch({ type: "activeDownTimer.expired", at, dueAt: at, generation });
    }
  };
  /** The last takeover of each period is the timer's own. */
  const rehearse = () => {
    for (let round = 1; round < takeoversPerPeriod; round++) {
      sendBack();
      takeOver();
    }
    sendBack();
  };
  const end = () => {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
    tell({ type: "router.stopped", at: clock.monotonic() });
  };
  return {
    start: (given) => {
      // V8 else throws compiled functions away that were not called for some collections, as in a long time as backup.
      setFlagsFromString("--no-flush-bytecode");
      send = given;
      timers = [setInterval(rehearse, period).unref(), setTimeout(end, duration).unref()];
      understudies.start();
    },
    onceMore: () => {
      const now = clock.monotonic();
      if (timers.length > 0 || now - last < rest) return;
      last = now;
      timers = [setTimeout(end, leave).unref()];
      tell({ type: "router.started", at: now });
      takeOver();
    },
    stop: () => {
      end();
      understudies.stop();
    },
  };
}

function rehearseLogging(): (record: EventRecord) => void {
  const log = createSilentLog();
  return (record) => void setTimeout(() => logRecord(log, record), 1);
}

function partOf(config: VirtualRouterConfig): VirtualRouterConfig {
  const addresses = config.addresses.slice(0, 1);
  return {
    ...config,
    priority: ownPriority,
    advertisementInterval: shortestInterval,
    addresses: addresses.map((each) => ({ ...each, address: noAddress, prefixLength: 32 })),
  };
}

function introduce(router: VirtualRouter, clock: Clock): void {
  const at = clock.monotonic();
  for (const name of parametersOf(router.config).trackedInterfaces) {
    router.dispatch({ type: "link.changed", at, interface: name, state: "up" });
  }
  router.dispatch({ type: "primaryAddress.changed", at, address: ownAddress });
}

/** Numbers and hashes as the journal does, and keeps nothing. */
function emptyJournal(clock: Clock, send: Send): Recorder {
  const numbering = { incarnation: "00000000", position: 0, heads: new Map(), latest: { at: 0, time: "" } };
  const options = {
    directory: "",
    node: "rehearsal",
    machineVersion: machineIdentity.version,
    clock,
    onFault: () => undefined,
  };
  return {
    append: (draft) => {
      const { record, text } = numberRecord(options, numbering, draft);
      send(record, text);
      return record;
    },
  };
}
