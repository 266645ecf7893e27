/** What a virtual router may ask of the world. Tests give fakes of these; the daemon gives the kernel. */

import type { Routing } from "../contracts/config/routing.ts";
import type { VirtualAddress, VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { TimerArm } from "../contracts/events/effects.ts";
import type { EventRecord } from "../contracts/events/envelope.ts";
import type { TimerName } from "../contracts/events/facts.ts";
import type { EventClass } from "../contracts/events/subjects.ts";
import type { RouterKey } from "../contracts/identity.ts";
import type { Microseconds } from "../contracts/units.ts";
import type { Outcome } from "./io/outcome.ts";
import type { Answer } from "./kernel-turn.ts";

/**
 * Everything synchronous: when a call returns, the packet has left or the kernel has answered. An answer about addresses may
 * come a little later, where many routers are served in one turn, but before that turn ends.
 */
export interface RouterPorts {
  /** Priority 0 resigns. */
  sendAdvert(router: VirtualRouterConfig, priority: number): Outcome;
  /** Every address of the router, or only these. */
  installAddresses(router: VirtualRouterConfig, addresses?: readonly VirtualAddress[]): Answer;
  /** Extends the kernel lease; installs what is missing. */
  renewAddresses(router: VirtualRouterConfig): Outcome;
  /** Every address of the router, or only these, which it no longer has. What is not there any more counts as withdrawn. */
  withdrawAddresses(router: VirtualRouterConfig, addresses?: readonly VirtualAddress[]): Answer;
  /** `repeat` frames for each address of the router, or for these. */
  announceAddresses(
    router: VirtualRouterConfig,
    repeat: number,
    addresses?: readonly VirtualAddress[],
  ): Outcome;
  /** Every route and rule of the router, or only these. What is there already counts as installed. */
  installRouting(router: VirtualRouterConfig, routing?: Routing): Outcome;
  /** Every route and rule of the router, or only these. What is not there any more counts as withdrawn. */
  withdrawRouting(router: VirtualRouterConfig, routing?: Routing): Outcome;
  armTimer(router: VirtualRouterConfig, timer: Omit<TimerArm, "type">): void;
  cancelTimer(router: VirtualRouterConfig, timer: TimerName): void;
}

/** Where records go. Never fails and never waits: the journal sees to that. */
export interface Recorder {
  append(draft: {
    readonly router: string;
    readonly key: RouterKey | null;
    readonly class: EventClass;
    readonly body: unknown;
    readonly at: Microseconds;
    readonly correlationId?: string;
    readonly causationId?: string | null;
  }): EventRecord;
}

export interface Clock {
  monotonic(): Microseconds;
  /** RFC 3339 in UTC with microseconds. */
  wallClock(): string;
}
