/**
 * Does what an operator says of routers that run: hands one over, holds the node in backup, sets a priority by hand. Each
 * command is written down before it is carried out, so that what comes of it is its story; one that is refused, too.
 */

import { ownerPriority } from "../contracts/config/limits.ts";
import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { Asker, CommandAnswer, CommandEvent, CommandRefusal } from "../contracts/events/commands.ts";
import type { EventRecord } from "../contracts/events/envelope.ts";
import { nodeRouterName } from "../contracts/events/subjects.ts";
import { describeMaintenance, type Maintenance, type RouterStatus } from "../contracts/status.ts";
import type { ControlRequest } from "./control/protocol.ts";
import type { Desk } from "./desk.ts";
import { describeThrown } from "./io/outcome.ts";
import type { MaintenanceFile } from "./maintenance-file.ts";
import type { Clock, Recorder } from "./ports.ts";
import type { Cause } from "./scribe.ts";
import type { Supervisor } from "./supervisor.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface OperatorOptions {
  readonly clock: Clock;
  readonly desk: Pick<Desk, "hold" | "release">;
  readonly recorder: Recorder;
  /** Undefined before there is one. */
  readonly supervisor: () => Pick<Supervisor, "routers" | "reconfigure" | "together"> | undefined;
  /** Every router as its file says now, those that do not run at the moment too. */
  readonly configured: () => readonly VirtualRouterConfig[];
  readonly file: MaintenanceFile;
  readonly onRecord: (record: EventRecord) => void;
  readonly onUnrecorded: (error: string) => void;
}

export type OperatorRequest = Extract<ControlRequest, { readonly by: Asker }>;

export interface Operator {
  perform(request: OperatorRequest): CommandAnswer;
  /** Tells a router that starts, or goes on with other settings, that the node is in maintenance. */
  introduce(router: Pick<VirtualRouter, "dispatch">): void;
  /** The settings of the file, with the priority that was set by hand. */
  adjust(config: VirtualRouterConfig): VirtualRouterConfig;
  /** After a reload: forgets priorities of routers that are gone, or own their addresses now. Says what is kept instead of the file's. */
  keep(routers: readonly VirtualRouterConfig[]): readonly string[];
  maintenance(): Maintenance | undefined;
  /** Of the router of that name, what was set and what its file says. */
  priorityByHand(name: string): RouterStatus["priorityByHand"];
}

/** Names in a sentence about a router that is not there. */
const namesShown = 10;

/** What is decided of a request, before anything is done. */
interface Decision {
  readonly routers: readonly string[];
  readonly refusal?: CommandRefusal;
  readonly sentence: string;
  /** Carries it out; what the routers do has this cause. */
  readonly act?: (cause: Cause | undefined) => void;
}

export function createOperator(options: OperatorOptions): Operator {
  const { clock, desk, supervisor, file } = options;
  const running = () => [...(supervisor()?.routers() ?? [])];
  const byHand = new Map<string, number>();
  let maintenance = file.read();
  const adjust = (config: VirtualRouterConfig): VirtualRouterConfig => {
    const priority = byHand.get(config.name);
    return priority === undefined ? config : { ...config, priority };
  };
  const find = (name: string) => running().find(({ config }) => config.name === name);

  const handover = (name: string): Decision => {
    const router = find(name);
    if (router === undefined) return missing(name, options.configured());
    const { syncGroup } = router.config;
    const members = running().filter(
      (each) => each === router || (syncGroup !== undefined && each.config.syncGroup === syncGroup),
    );
    const routers = members.map(({ config }) => config.name);
    const owner = members.find(({ config }) => config.priority === ownerPriority)?.config.name;
    const state = router.state();
    if (state !== "active") return { routers, refusal: "notActive", sentence: whoIsActive(router) };
    if (owner !== undefined) {
      const sentence = `${owner} owns the addresses (priority 255): every other router would give them back at once`;
      return { routers, refusal: "owner", sentence };
    }
    const group = members.length === 1 ? "" : `, with its sync group ${syncGroup} (${routers.join(", ")}),`;
    return {
      routers,
      sentence: `${name}${group} resigned, and does not preempt who takes over`,
      act: (cause) => router.dispatch({ type: "handover.requested", at: clock.monotonic() }, cause),
    };
  };

  const hold = (request: Extract<OperatorRequest, { command: "maintenance" }>): Decision => {
    const routers = running();
    const names = routers.map(({ config }) => config.name);
    const { on, by, reason } = request;
    if (on === (maintenance !== undefined))
      return {
        routers: names,
        sentence: maintenance === undefined ? "it was not on" : describeMaintenance(maintenance),
      };
    const next = on ? { since: clock.wallClock(), by, reason } : undefined;
    const kept = next === undefined ? file.remove() : file.write(next);
    if (!kept.ok) return { routers: names, refusal: "notKept", sentence: kept.error };
    const active = routers.filter((router) => router.state() === "active").length;
    return {
      routers: names,
      sentence: on
        ? `this node is held in backup until maintenance is off; ${active} of ${names.length} routers were active`
        : "this node takes part again",
      act: (cause) => {
        maintenance = next;
        for (const router of routers)
          router.dispatch({ type: "maintenance.changed", at: clock.monotonic(), on }, cause);
      },
    };
  };

  const prioritize = (name: string, priority: number | null): Decision => {
    const configured = options.configured().find((each) => each.name === name);
    const routers = [name];
    if (configured === undefined) return missing(name, options.configured());
    if (configured.priority === ownerPriority) {
      const sentence = `${name} owns the addresses by its file (priority 255)`;
      return { routers, refusal: "owner", sentence };
    }
    const before = byHand.get(name);
    if (priority === null && before === undefined)
      return { routers, sentence: `${name} has the priority of the file, ${configured.priority}` };
    return {
      routers,
      sentence:
        priority === null
          ? `${name} has the priority of the file again, ${configured.priority} instead of ${before}`
          : `${name} has priority ${priority} until a restart or --reset; the file says ${configured.priority}`,
      act: (cause) => {
        if (priority === null) byHand.delete(name);
        else byHand.set(name, priority);
        supervisor()?.reconfigure(adjust(configured), cause);
      },
    };
  };

  const decide = (request: OperatorRequest): Decision => {
    switch (request.command) {
      case "handover":
        return handover(request.router);
      case "maintenance":
        return hold(request);
      case "priority":
        return prioritize(request.router, request.priority);
    }
  };

  return {
    perform: (request) => {
      const { act, ...decision } = decide(request);
      const event = eventOf(request, decision);
      const record = writeDown(options, request, event);
      // What the routers write meanwhile waits until all of them have been served.
      desk.hold();
      supervisor()?.together(() => act?.(record));
      desk.release();
      return { ...event, id: record?.id ?? null };
    },
    introduce: (router) => {
      if (maintenance !== undefined)
        router.dispatch({ type: "maintenance.changed", at: clock.monotonic(), on: true });
    },
    adjust,
    keep: (routers) => {
      const inFile = new Map(routers.map(({ name, priority }) => [name, priority]));
      for (const name of byHand.keys())
        if ((inFile.get(name) ?? ownerPriority) === ownerPriority) byHand.delete(name);
      return [...byHand].map(
        ([name, priority]) =>
          `${name} keeps priority ${priority}, set by hand; the file says ${inFile.get(name)}`,
      );
    },
    maintenance: () => maintenance,
    priorityByHand: (name) => {
      const priority = byHand.get(name);
      const configured = options.configured().find((each) => each.name === name)?.priority;
      return priority === undefined || configured === undefined ? null : { priority, configured };
    },
  };
}

function missing(name: string, configured: readonly VirtualRouterConfig[]): Decision {
  const names = configured.map((each) => each.name);
  if (names.includes(name)) {
    const sentence = `${name} crashed, and is being started again`;
    return { routers: [name], refusal: "notRunning", sentence };
  }
  const shown = names.slice(0, namesShown).join(", ");
  const more = names.length > namesShown ? `, and ${names.length - namesShown} more` : "";
  const sentence = `there is no router ${name} here, but ${shown}${more}`;
  return { routers: [name], refusal: "unknownRouter", sentence };
}

function whoIsActive(router: VirtualRouter): string {
  const { activeAddress, primaryAddress } = router.memory();
  const state = `${router.config.name} is not active but ${router.state()}`;
  return activeAddress === null || activeAddress === primaryAddress
    ? state
    : `${state}; ${activeAddress} is active`;
}

function eventOf(request: OperatorRequest, { routers, refusal, sentence }: Decision): CommandEvent {
  const { command, by, reason } = request;
  return {
    ...{ command, routers: [...routers] },
    ...(request.command === "maintenance" ? { on: request.on } : {}),
    ...(request.command === "priority" ? { priority: request.priority } : {}),
    ...{ by, reason },
    ...(refusal === undefined ? { outcome: "accepted" } : { outcome: "refused", refusal }),
    sentence,
  };
}

/** Under the router's own name and key where it is known, else under the node's. History never decides over a command. */
function writeDown(
  { recorder, configured, clock, onRecord, onUnrecorded }: OperatorOptions,
  request: OperatorRequest,
  body: CommandEvent,
): EventRecord | undefined {
  const router = "router" in request ? configured().find(({ name }) => name === request.router) : undefined;
  const key =
    router === undefined
      ? null
      : { interface: router.interface, family: router.family, virtualRouterId: router.virtualRouterId };
  const at = clock.monotonic();
  try {
    const name = router?.name ?? nodeRouterName;
    const record = recorder.append({ router: name, key, class: "command", body, at });
    onRecord(record);
    return record;
  } catch (thrown) {
    onUnrecorded(describeThrown(thrown));
    return undefined;
  }
}
