/**
 * The rehearsal: takeovers on an empty stage. V8 compiles a function when it is first called, and a backup takes over
 * for the first time when it matters: unrehearsed, its first advert left a millisecond later and its event two more.
 * So for some seconds after the start a router with very short timers takes over again and again, by the whole way from
 * the timer to the hashed record and its log line. Its ports change nothing, its records are thrown away.
 */

import { setFlagsFromString } from "node:v8";
import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import { envelopeHeaders } from "../contracts/events/envelope.ts";
import { eventSubject } from "../contracts/events/subjects.ts";
import { centiseconds } from "../contracts/units.ts";
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
}

export interface Rehearsal {
  /** Idempotent. */
  stop(): void;
}

/** Milliseconds in which it ends: sooner than an advert each second can be missed. */
const duration = 2_500;
/** Milliseconds between two returns of the lead, which send the understudy back; its timer runs for 38. */
const period = 50;
const shortestInterval = centiseconds(1);
const ownPriority = 254;
const leadPriority = 255;
/** TEST-NET-1 (RFC 5737). */
const ownAddress = "192.0.2.1";
const leadAddress = "192.0.2.2";

export function rehearse({ config, clock, stage }: RehearsalOptions): Rehearsal {
  // V8 else throws compiled functions away that were not called for some collections, as in a long time as backup.
  setFlagsFromString("--no-flush-bytecode");
  const log = createSilentLog();
  const understudies = superviseRouters({
    configs: [partOf(config)],
    clock,
    recorder: emptyJournal(clock),
    // The advert says the real interval: version 2 cannot say one below a second.
    ports: { ...stage, sendAdvert: (_part, priority) => stage.sendAdvert(config, priority) },
    introduce: (router) => introduce(router, clock),
    onRecord: (record) => {
      logRecord(log, record);
      eventSubject(record);
      envelopeHeaders(record);
    },
    onUnrecorded: () => undefined,
    onNotice: () => undefined,
  });
  const sendBack = () => {
    for (const understudy of understudies.routers()) {
      understudy.dispatch({
        type: "advert.received",
        at: clock.monotonic(),
        source: leadAddress,
        priority: leadPriority,
        advertisementInterval: shortestInterval,
      });
    }
  };
  const stop = () => {
    clearInterval(running);
    clearTimeout(end);
    understudies.stop();
  };
  const running = setInterval(sendBack, period).unref();
  const end = setTimeout(stop, duration).unref();
  understudies.start();
  return { stop };
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
function emptyJournal(clock: Clock): Recorder {
  const numbering = { incarnation: "00000000", position: 0, heads: new Map(), latest: { at: 0, time: "" } };
  const options = {
    directory: "",
    node: "rehearsal",
    machineVersion: machineIdentity.version,
    clock,
    onFault: () => undefined,
  };
  return { append: (draft) => numberRecord(options, numbering, draft).record };
}
