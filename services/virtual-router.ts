/**
 * One running virtual router: facts go in one at a time, the machine decides, its effects are performed in order,
 * and only then is anything written down. A failed effect comes back as a fact.
 */

import { createActor } from "xstate";
import { formatVirtualAddress, isSameRouter } from "../contracts/config/difference.ts";
import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { Effect } from "../contracts/events/effects.ts";
import type { EffectOutcome, EventRecord } from "../contracts/events/envelope.ts";
import type { Fact } from "../contracts/events/facts.ts";
import type { RouterState, Transition, VirtualRouterContext } from "../contracts/events/transitions.ts";
import type { RouterKey } from "../contracts/identity.ts";
import type { RouterNow } from "../contracts/now.ts";
import type { Microseconds } from "../contracts/units.ts";
import type { Refusal } from "../contracts/wire/validate.ts";
import { momentOf } from "../machines/flight-recorder.ts";
import { parametersOf } from "../machines/parameters.ts";
import {
  countEffect,
  countFact,
  countRejection,
  noStatistics,
  type Statistics,
} from "../machines/statistics.ts";
import { virtualRouterMachine } from "../machines/virtual-router.ts";
import type { ActorSystem } from "./actor-system.ts";
import type { Desk } from "./desk.ts";
import { createFailureLimit } from "./failure-limit.ts";
import { describeThrown, type Outcome } from "./io/outcome.ts";
import { isPending } from "./kernel-turn.ts";
import { createObserver, standingOf } from "./observations.ts";
import { attempt, performEffect } from "./perform-effect.ts";
import type { Clock, Recorder, RouterPorts } from "./ports.ts";
import { type CurrentRefusal, createRefusals } from "./refusals.ts";
import {
  type Cause,
  createScribe,
  type FlightPlan,
  noteCrash,
  noteHeard,
  noteSettled,
  nowOf,
  type ScribeTools,
  write,
  writeOutcomes,
  writeTransition,
} from "./scribe.ts";

export interface VirtualRouterOptions {
  readonly config: VirtualRouterConfig;
  readonly ports: RouterPorts;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** The actor system that the router's actor belongs to; one of its own where it is left out. */
  readonly system?: ActorSystem;
  /** Where records wait while other routers are served; written at once where it is left out. */
  readonly desk?: Pick<Desk, "post" | "postLast">;
  /**
   * Calls back once the transition is on its way to its subscribers; at once where it is left out. NATS sends when the
   * stack has unwound, and server and subscriber want a processor then: what became of the effects is written after
   * that.
   */
  readonly later?: (work: () => void) => void;
  /** What is recorded of the facts; nothing where it is left out. */
  readonly flight?: FlightPlan;
  /** Told after the effects, with the record as it was written. */
  readonly onRecord: (record: EventRecord) => void;
  /** A record could not be written. The router goes on: history never decides over an address. */
  readonly onUnrecorded: (error: string) => void;
  /** Told after each fact that was worked off, its effects performed, with what led to the fact. */
  readonly onSettled?: (cause: Cause | undefined) => void;
  /** The priority in effect is another one. */
  readonly onPriority?: (from: number, to: number) => void;
  /** The machine or a port failed in a way nobody foresaw; this router is dead and wants to be started anew. */
  readonly onCrash: (error: string) => void;
}

export interface VirtualRouter {
  /** As it is now. */
  readonly config: VirtualRouterConfig;
  readonly key: RouterKey;
  /** Never throws. Facts that arrive while one is worked on wait their turn. What comes of the fact is told as caused by `cause`. */
  dispatch(fact: Fact, cause?: Cause): void;
  /**
   * Gives the running router other settings, in turn with its facts. Throws TypeError where interface, family, VRID,
   * version or virtual MAC are others: that is another router, which is to be started instead.
   */
  reconfigure(config: VirtualRouterConfig, cause?: Cause): void;
  /** Counts a refused advert; touches no timer and no state. */
  refuse(source: string, refusal: Refusal): void;
  /** Counts a difference in an advert that was accepted all the same. */
  remark(source: string, difference: Refusal): void;
  state(): RouterState;
  memory(): VirtualRouterContext;
  /** As it is at this moment, for who knows the first `after` facts that it heard. */
  now(after: number | undefined): Omit<RouterNow, "node">;
  statistics(): Statistics;
  refusals(within: Microseconds): readonly CurrentRefusal[];
  /** When the present state was entered, RFC 3339; undefined before the first transition. */
  since(): string | undefined;
  lastTransition(): Transition | undefined;
  /** The last call, after its Shutdown: the actor ends. */
  close(): void;
}

export function startVirtualRouter(options: VirtualRouterOptions): VirtualRouter {
  const { ports, clock } = options;
  let { config } = options;
  // By name, as records are written.
  const key: RouterKey = {
    family: config.family,
    interface: config.interface,
    virtualRouterId: config.virtualRouterId,
  };
  const inbox: Message[] = [];
  const refusals = createRefusals();
  const emitted: Effect[] = [];
  let statistics = noStatistics;
  let lastTransition: Transition | undefined;
  let busy = false;
  let crashed = false;

  const scribe = createScribe(config.name, key, toolsOf(options));
  const crash = (thrown: unknown) => {
    if (crashed) return;
    crashed = true;
    inbox.length = 0;
    noteCrash(scribe);
    options.onCrash(describeThrown(thrown));
  };
  const { system } = options;
  const actor = createActor(virtualRouterMachine, {
    input: parametersOf(config),
    ...(system === undefined ? {} : { parent: system.root }),
  });
  actor.on("*", (effect) => emitted.push(effect));
  actor.subscribe({ error: crash });
  actor.start();

  let standing = standingOf(actor.getSnapshot());
  const observe = createObserver(options.onPriority, (body, at) =>
    write(scribe, "observation", body, at, cause),
  );
  const failures = createFailureLimit();
  const settle = (effect: Effect, outcome: Outcome) => {
    if (outcome.ok) statistics = countEffect(statistics, effect);
    const changesAddresses = effect.type === "addresses.install" || effect.type === "addresses.withdraw";
    const addresses = changesAddresses
      ? { addresses: (effect.addresses ?? config.addresses).map(formatVirtualAddress) }
      : {};
    if (outcome.ok) {
      if (changesAddresses) outcomesKnown.push({ effect: effect.type, ok: true, ...addresses });
      return;
    }
    const { error } = outcome;
    const at = clock.monotonic();
    inbox.push({ fact: { type: "effect.failed", at, effect: effect.type, error } });
    if (failures.isNew(effect.type, error, at))
      outcomesKnown.push({ effect: effect.type, ok: false, error, ...addresses });
  };

  /** Of the fact that is worked on, as far as they are known. */
  let outcomesKnown: EffectOutcome[] = [];
  /** What led to the fact that is worked on, where a record tells it. */
  let cause: Cause | undefined;

  /** True where the fact is worked off; false where the kernel's answer is awaited, with which the work goes on. */
  const work = ({ fact, config: next = config, cause: told }: Message): boolean => {
    config = next;
    self.config = next;
    cause = told;
    emitted.length = 0;
    noteHeard(scribe, actor.getSnapshot(), fact);
    actor.send(fact);
    statistics = countFact(statistics, fact);
    return perform(fact, 0);
  };

  /** Performs what was emitted, from that place on. */
  const perform = (fact: Fact, from: number): boolean => {
    for (let place = from; place < emitted.length; place++) {
      const effect = emitted[place];
      if (effect === undefined) continue;
      const answer = attempt(() =>
        performEffect(effect, config, ports, (transition) => {
          lastTransition = transition;
          writeTransition(scribe, transition, fact.at, cause);
        }),
      );
      if (isPending(answer)) {
        const goOn = (outcome: Outcome) => {
          settle(effect, outcome);
          if (perform(fact, place + 1)) workOff();
        };
        answer.onAnswer((outcome) => guarded(() => goOn(outcome)));
        return false;
      }
      settle(effect, answer);
    }
    // Ten thousand routers need not keep what they last did.
    emitted.length = 0;
    const before = standing;
    standing = standingOf(actor.getSnapshot());
    observe(fact, before, standing);
    if (outcomesKnown.length > 0) {
      writeOutcomes(scribe, outcomesKnown);
      outcomesKnown = [];
    }
    noteSettled(scribe);
    options.onSettled?.(cause);
    return true;
  };

  const workOff = () => {
    for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) {
      if (!work(next)) return;
    }
    busy = false;
  };

  const guarded = (action: () => void) => {
    try {
      action();
    } catch (thrown) {
      busy = false;
      crash(thrown);
    }
  };

  const note = (source: string, refusal: Refusal, accepted: boolean) => {
    statistics = countRejection(statistics, refusal.name);
    const at = clock.monotonic();
    const event = refusals.note(source, refusal, accepted, at);
    if (event !== undefined) write(scribe, "rejection", event, at);
  };

  const receive = (message: Message) => {
    if (crashed) return;
    inbox.push(message);
    if (busy) return;
    busy = true;
    guarded(workOff);
  };

  // A getter would make of each router a hash table: eight megabytes for ten thousand of them.
  const self: { config: VirtualRouterConfig } & Omit<VirtualRouter, "config"> = {
    config,
    key,
    dispatch: (fact, told) => receive({ fact, cause: told }),
    reconfigure(next, told) {
      if (!isSameRouter(config, next))
        throw new TypeError(`${next.name} is another router than ${config.name}`);
      const at = clock.monotonic();
      const fact = { type: "parameters.changed", at, parameters: parametersOf(next) } as const;
      receive({ fact, config: next, cause: told });
    },
    refuse: (source, refusal) => note(source, refusal, false),
    remark: (source, difference) => note(source, difference, true),
    state: () => actor.getSnapshot().value,
    memory: () => actor.getSnapshot().context.memory,
    now: (after) => nowOf(scribe, momentOf(actor.getSnapshot()), clock.monotonic(), after),
    statistics: () => statistics,
    refusals: (within) => refusals.current(clock.monotonic(), within),
    since: () => scribe.lastTransition?.time,
    lastTransition: () => lastTransition,
    close: () => {
      if (system === undefined) actor.stop();
      else system.release(actor);
    },
  };
  return self;
}

/** A fact, and with a change of the settings what its effects are performed with. */
interface Message {
  readonly fact: Fact;
  readonly config?: VirtualRouterConfig;
  readonly cause?: Cause | undefined;
}

function atOnce(work: () => void): void {
  work();
}

function toolsOf(options: VirtualRouterOptions): ScribeTools {
  const { recorder, clock, desk = noDesk, later = atOnce, flight, onRecord, onUnrecorded } = options;
  return { recorder, clock, desk, later, flight, onRecord, onUnrecorded };
}

const noDesk = { post: atOnce, postLast: atOnce };
