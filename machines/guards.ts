/** The questions the state chart asks, each by its name: over what the router remembers and the fact it hears. */

import { type Fact, timerNames } from "../contracts/events/facts.ts";
import type { Parameters } from "../contracts/events/parameters.ts";
import { centiseconds, centisecondsToMicroseconds } from "../contracts/units.ts";
import { isAddressOwner, isFollowed, isResignation, outranks } from "./election.ts";
import { concernsInstallation, faultsAfter } from "./faults.ts";
import { holdsStart, readingsAfter } from "./priority.ts";
import type { Memory } from "./steps.ts";
import { activeDownInterval } from "./timing.ts";

export type Guard = (memory: Memory, fact: Fact, parameters: Parameters) => boolean;

export const wouldBeFaulty: Guard = (memory, fact, parameters) =>
  faultsAfter(memory, fact, parameters).length > 0;

/** What is tracked without a weight has said nothing yet (keepalived S5). */
export const awaitsReadings: Guard = (memory, fact, parameters) => {
  const { tracked } = fact.type === "parameters.changed" ? fact.parameters : parameters;
  const readings = readingsAfter(memory.readings, fact, tracked);
  return tracked.some((each) => holdsStart(each, readings[each.tracker]));
};

/** Startup was not heard yet, or waits for further readings. */
export const mayNotStart: Guard = (memory, fact, parameters) =>
  !memory.awaitsReadings || awaitsReadings(memory, fact, parameters);

/** It is active with its sync group only. */
export const isGrouped: Guard = (_memory, _fact, { syncGroup }) => syncGroup !== null;

/** An owner serves at once, but in a sync group with the others only (keepalived S4). */
export const isGroupedOwner: Guard = (memory, fact, parameters) =>
  isGrouped(memory, fact, parameters) && isOwner(memory, fact, parameters);

/** Maintenance: it takes part as a backup only, an owner too. */
export const isHeld: Guard = (memory) => memory.maintenance;

/** Maintenance begins. */
export const holds: Guard = (memory, fact) =>
  fact.type === "maintenance.changed" && fact.on && !memory.maintenance;

/** Maintenance is as it was. */
export const isNoNews: Guard = (memory, fact) =>
  fact.type === "maintenance.changed" && fact.on === memory.maintenance;

/** The owner of the addresses can give them away to nobody: whoever hears it has to give way (RFC 9568 6.1). */
export const mayNotHandOver: Guard = (memory) => isAddressOwner(memory.effectivePriority);

export const wantsActive: Guard = (memory) => memory.wantsActive;

export const failedInstallation: Guard = (_memory, fact) =>
  fact.type === "effect.failed" && concernsInstallation(fact.effect);

export const isOwner: Guard = (memory, fact) =>
  isAddressOwner(fact.type === "parameters.changed" ? fact.parameters.priority : memory.effectivePriority);

/** RFC 9568 7.1 and RFC 3768 7.1: the address owner drops every advert. RFC 2338 has no such check. */
export const dropsAdverts: Guard = (memory, _fact, { profile }) =>
  isAddressOwner(memory.effectivePriority) && profile !== "rfc2338";

/** An expiry from an earlier arming, or of a timer that was cancelled meanwhile (J-20). */
export const isStale: Guard = (memory, fact) => {
  const timer = timerNames.find((name) => fact.type === `${name}.expired`);
  if (timer === undefined || !("generation" in fact)) return false;
  return memory.timers[timer]?.generation !== fact.generation;
};

/** The timer fired later than a whole interval after it was due: this process did not run. */
export const ranLate: Guard = (memory, fact) =>
  "dueAt" in fact &&
  fact.at - fact.dueAt > centisecondsToMicroseconds(centiseconds(memory.activeAdverInterval));

/**
 * The last advert left longer ago than a peer of our priority waits. Lower priorities wait longer and higher
 * ones would be active themselves, so up to then nobody can have replaced us.
 */
export const wasStalled: Guard = (memory, fact, { profile, advertisementInterval, downAdverts }) => {
  const due = memory.timers.adverTimer?.dueAt;
  if (due === undefined) return false;
  const sinceLastAdvert = fact.at - due + centisecondsToMicroseconds(advertisementInterval);
  const { effectivePriority } = memory;
  return sinceLastAdvert > activeDownInterval(profile, effectivePriority, advertisementInterval, downAdverts);
};

export const heardResignation: Guard = (memory) => memory.resignationHeard;
export const heardLowerPriority: Guard = (memory) => memory.lowerPriorityHeard;

export const isResignationFact: Guard = (_memory, fact) =>
  fact.type === "advert.received" && isResignation(fact);

/** Who handed over, or is held, follows as without preemption: an operator does not want it back at once. */
export const isFollowedFact: Guard = (memory, fact, parameters) =>
  fact.type === "advert.received" &&
  isFollowed(fact, memory.effectivePriority, parameters.preempt && !memory.handedOver && !memory.maintenance);

/** A lower-priority active router is still to be followed for a while before it is preempted (J-17). */
export const delaysPreemption: Guard = (memory, fact, parameters) =>
  fact.type === "advert.received" && parameters.preemptDelay > 0 && !memory.preemptDelayOver;

/** The priority of the address owner is given at run time. */
export const becomesOwner: Guard = (memory, fact) =>
  !memory.maintenance && fact.type === "parameters.changed" && isAddressOwner(fact.parameters.priority);

export const hasHigherPriority: Guard = (memory, fact) =>
  fact.type === "advert.received" &&
  outranks(fact, memory.effectivePriority, memory.primaryAddress) === "higherPriority";

export const hasHigherAddress: Guard = (memory, fact) =>
  fact.type === "advert.received" &&
  outranks(fact, memory.effectivePriority, memory.primaryAddress) === "higherAddress";

/** An advert of a lower priority is answered, or what it may have told the segment is put right. */
export const mindsLowerPriority: Guard = (_memory, _fact, { answersLowerPriority, announcements }) =>
  answersLowerPriority || announcements.lowerPriorityRepeat > 0;
