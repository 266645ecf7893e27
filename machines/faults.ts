/** Why a virtual router cannot take part: a set of sentences that operators read, empty in health. */

import type { Fact, LinkState } from "../contracts/events/facts.ts";
import type { Parameters, Tracked } from "../contracts/events/parameters.ts";
import type { VirtualRouterContext } from "../contracts/events/transitions.ts";
import { isFault, readingsAfter } from "./priority.ts";

const installationFault = "addresses cannot be installed: ";

/** The faults that hold once the fact is taken into account, sorted. Facts that concern no fault change none. */
export function faultsAfter(memory: VirtualRouterContext, fact: Fact, parameters: Parameters): string[] {
  const faults = new Set(memory.faults);
  switch (fact.type) {
    case "group.faulted":
      faults.add(groupFault(fact.member, parameters));
      break;
    case "group.recovered":
      faults.delete(groupFault(fact.member, parameters));
      break;
    case "tracker.changed":
      changeTrackerFaults(faults, memory, fact, parameters);
      break;
    case "link.changed":
      changeTrackerFaults(faults, memory, fact, parameters);
      if (!parameters.trackedInterfaces.includes(fact.interface)) break;
      faults.delete(linkFault(fact.interface, "down"));
      faults.delete(linkFault(fact.interface, "absent"));
      if (fact.state !== "up") faults.add(linkFault(fact.interface, fact.state));
      break;
    case "primaryAddress.changed":
      faults.delete(addressFault(parameters));
      if (fact.address === null) faults.add(addressFault(parameters));
      break;
    case "parameters.changed":
      for (const name of parameters.trackedInterfaces) {
        if (fact.parameters.trackedInterfaces.includes(name)) continue;
        faults.delete(linkFault(name, "down"));
        faults.delete(linkFault(name, "absent"));
      }
      if (faults.delete(addressFault(parameters))) faults.add(addressFault(fact.parameters));
      if (fact.parameters.syncGroup !== parameters.syncGroup)
        for (const fault of faults) if (fault.startsWith(groupFaultStart)) faults.delete(fault);
      for (const each of parameters.tracked) faults.delete(trackerFault(each));
      changeTrackerFaults(faults, memory, fact, fact.parameters);
      break;
    case "effect.failed":
      if (concernsInstallation(fact.effect)) faults.add(`${installationFault}${fact.error}`);
      break;
    case "recoveryTimer.expired":
      for (const fault of faults) if (fault.startsWith(installationFault)) faults.delete(fault);
      break;
    default:
      break;
  }
  return [...faults].sort();
}

/** Whether a router is in fault by itself, and not only with its sync group. */
export function hasOwnFault(faults: readonly string[]): boolean {
  return faults.some((fault) => !fault.startsWith(groupFaultStart));
}

const groupFaultStart = "sync group ";

function groupFault(member: string, { syncGroup }: Parameters): string {
  return `${groupFaultStart}${syncGroup}: ${member} is in fault`;
}

function changeTrackerFaults(
  faults: Set<string>,
  memory: VirtualRouterContext,
  fact: Fact,
  { tracked }: Parameters,
): void {
  const readings = readingsAfter(memory.readings, fact, tracked);
  for (const each of tracked) {
    faults.delete(trackerFault(each));
    if (isFault(each, readings[each.tracker])) faults.add(trackerFault(each));
  }
}

/** "script chk failed"; the other way round "interface eth1 is up". */
function trackerFault({ tracker, isReversed, isNumber }: Tracked): string {
  if (isNumber) return `${tracker} holds a number that is a fault`;
  if (tracker.startsWith("script")) return `${tracker} ${isReversed ? "succeeded" : "failed"}`;
  if (tracker.startsWith("process"))
    return `${tracker} ${isReversed ? "runs" : "is not there in the right number"}`;
  return `${tracker} is ${isReversed ? "up" : "down"}`;
}

/** An active router whose addresses are not there is worse than none: it keeps the peers from serving them. */
export function concernsInstallation(effect: string): boolean {
  return effect === "addresses.install" || effect === "addresses.renew";
}

/** Whether an advert can leave: our interface is up and has an address. */
export function canAdvertise(memory: VirtualRouterContext, parameters: Parameters): boolean {
  return (
    memory.primaryAddress !== null &&
    !memory.faults.includes(linkFault(parameters.interface, "down")) &&
    !memory.faults.includes(linkFault(parameters.interface, "absent"))
  );
}

function linkFault(name: string, state: Exclude<LinkState, "up">): string {
  return state === "down" ? `interface ${name} is down` : `interface ${name} does not exist`;
}

function addressFault({ interface: name, family, sourceAddress }: Parameters): string {
  if (sourceAddress !== null) return `source address ${sourceAddress} is not on interface ${name}`;
  return `no ${family === "ipv4" ? "IPv4" : "link-local IPv6"} address on interface ${name}`;
}
