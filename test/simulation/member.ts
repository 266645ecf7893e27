/** One router of a simulation: what it is, what it did, and what must hold of it at every moment. */

import type { createActor } from "xstate";
import type { TimerName } from "../../contracts/events/facts.ts";
import type { Parameters } from "../../contracts/events/parameters.ts";
import type { RejectionName } from "../../contracts/events/rejections.ts";
import type { RouterState } from "../../contracts/events/transitions.ts";
import type { Memory } from "../../machines/steps.ts";
import type { virtualRouterMachine } from "../../machines/virtual-router.ts";
import type { Entry } from "./schedule.ts";
import type { RouterSetup } from "./setup.ts";

export interface SimulatedRouter {
  readonly setup: RouterSetup;
  state(): RouterState;
  memory(): Memory;
  /** Adverts sent, by priority. */
  readonly sent: Map<number, number>;
  readonly refused: Map<RejectionName, number>;
  announcements: number;
  /** The virtual addresses on its interface. */
  readonly held: Set<string>;
  /** As they are now. */
  parameters: Parameters;
  /** Its operator holds it in backup, over restarts too. */
  maintenance: boolean;
  isRunning(): boolean;
}

interface Running {
  readonly actor: ReturnType<typeof createActor<typeof virtualRouterMachine>>;
  readonly timers: Map<TimerName, Entry>;
}

export interface Member extends SimulatedRouter {
  /** In effect; 0 while it shuts down. */
  priority: number;
  running: Running | undefined;
  /** Entries into active, by the state and by the records. */
  becameActive: number;
  recordedActive: number;
}

export function createMember(setup: RouterSetup): Member {
  const member: Member = {
    setup,
    priority: setup.parameters.priority,
    sent: new Map(),
    refused: new Map(),
    announcements: 0,
    held: new Set(),
    parameters: setup.parameters,
    maintenance: false,
    running: undefined,
    becameActive: 0,
    recordedActive: 0,
    isRunning: () => member.running !== undefined,
    state: () => member.running?.actor.getSnapshot().value ?? "initialize",
    memory: () => {
      if (member.running === undefined) throw new Error(`${setup.name} does not run`);
      return member.running.actor.getSnapshot().context.memory;
    },
  };
  return member;
}

export function addressesOf({ addresses }: Pick<Parameters, "addresses">): string[] {
  return addresses.map(({ address }) => address);
}

/** What must hold after every event (vrrp-conformance 7, below the table). */
export function checkInvariants(member: Member): void {
  const { setup, running } = member;
  if (member.becameActive !== member.recordedActive) {
    throw new Error(
      `${setup.name} became active ${member.becameActive} times and told it ${member.recordedActive} times`,
    );
  }
  if (running === undefined) return;
  if (running.actor.getSnapshot().status !== "active") throw new Error(`${setup.name} has crashed`);
  const state = member.state();
  if (state === "active" && member.maintenance) throw new Error(`${setup.name} is active in maintenance`);
  const expected = { initialize: [], fault: [], backup: ["activeDownTimer"], active: ["adverTimer"] }[state];
  const armed = ["activeDownTimer", "adverTimer"].filter((timer) => running.timers.has(timer as TimerName));
  if (armed.join() !== expected.join()) {
    throw new Error(`${setup.name} is ${state} with the timers [${armed.join(", ")}]`);
  }
  const held = [...member.held].sort().join();
  const wanted = state === "active" ? addressesOf(member.parameters).sort().join() : "";
  if (held !== wanted) throw new Error(`${setup.name} is ${state} and holds the addresses [${held}]`);
}
