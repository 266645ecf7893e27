/** The history of many routers on two nodes, as their journals would hold it: takeovers to and fro, sealed and in order. */

import { writeSync } from "node:fs";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Transition } from "../../contracts/events/transitions.ts";
import { machineIdentity } from "../../machines/record.ts";
import { initialMemory } from "../../machines/steps.ts";
import { sealRecord } from "../../services/journal/chain.ts";
import { parameters } from "./router-script.ts";

export interface Crowd {
  readonly routers: number;
  readonly records: number;
}

/** Seconds of history. */
const length = 86_400;

/** Microseconds from a takeover to its effect, to giving way, and to the effect of that. */
const offsets = [0, 400, 700, 1100] as const;

/** Records in the order of time, each with its text; the last one is a little before now. */
export function* crowdHistory({ routers, records }: Crowd): Generator<{ record: EventRecord; text: string }> {
  const heads = new Map<string, { sequence: number; hash: string }>();
  const positions = new Map<string, number>();
  const begin = Date.now() * 1000 - length * 1_000_000;
  // Each round of a router is a takeover with its effect on one node, and giving way with its effect on the other.
  for (let number = 0; number < records; number += 1) {
    const round = Math.floor(number / 4);
    const router = `VI_${(round % routers) + 1}`;
    const isTakeover = number % 4 < 2;
    const turn = Math.floor(round / routers) % 2;
    const node = isTakeover === (turn === 0) ? "node_a" : "node_b";
    const key = `${node}/${router}`;
    const head = heads.get(key);
    const sequence = (head?.sequence ?? 0) + 1;
    const position = (positions.get(node) ?? 0) + 1;
    const id = `${node}/${router}/0a1b2c3d/${sequence}`;
    const at =
      begin + Math.floor((round * 4 * length * 1_000_000) / (records + 100)) + (offsets[number % 4] ?? 0);
    const isEffect = number % 2 === 1;
    const sealed = sealRecord({
      ...{
        id,
        node,
        router,
        sequence,
        position,
        incarnation: "0a1b2c3d",
        machineVersion: machineIdentity.version,
      },
      key: { interface: "eth0", family: "ipv4", virtualRouterId: (round % routers) + 1 },
      class: isEffect ? "effect" : "transition",
      ...{ time: timeOf(at), monotonic: at - begin },
      correlationId: isEffect ? `${node}/${router}/0a1b2c3d/${sequence - 1}` : id,
      causationId: sequence === 1 ? null : `${node}/${router}/0a1b2c3d/${sequence - 1}`,
      prevHash: head?.hash ?? "",
      body: isEffect
        ? {
            effect: `addresses.${isTakeover ? "install" : "withdraw"}`,
            ok: true,
            addresses: ["10.0.0.9/32@eth0"],
          }
        : crowdTransition(isTakeover, at - begin),
    });
    heads.set(key, { sequence, hash: sealed.record.hash });
    positions.set(node, position);
    yield sealed;
  }
}

export function crowdTransition(isTakeover: boolean, monotonic: number): Transition {
  const context = { ...initialMemory(parameters()), primaryAddress: "10.0.0.1", activeAddress: "10.0.0.1" };
  const timers = {
    [isTakeover ? "adverTimer" : "activeDownTimer"]: { dueAt: monotonic + 1_000_000, generation: 7 },
  };
  return {
    ...(isTakeover
      ? ({ from: "backup", to: "active", reason: "preempted" } as const)
      : ({ from: "active", to: "backup", reason: "higherPriority" } as const)),
    cause: isTakeover
      ? { type: "activeDownTimer.expired", at: monotonic, dueAt: monotonic, generation: 6 }
      : {
          type: "advert.received",
          at: monotonic,
          source: "10.0.0.1",
          priority: 200,
          advertisementInterval: 100,
        },
    context: { ...context, timers, generation: 7, lastEvent: "activeTimeout" },
    machine: machineIdentity,
  };
}

/** To an open file, some thousand lines at a time. */
export function writeCrowd(file: number, crowd: Crowd): void {
  let lines: string[] = [];
  const flush = () => {
    if (lines.length > 0) writeSync(file, `${lines.join("\n")}\n`);
    lines = [];
  };
  for (const { text } of crowdHistory(crowd)) if (lines.push(text) === 2000) flush();
  flush();
}

function timeOf(at: number): string {
  const seconds = new Date(Math.floor(at / 1_000_000) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(at % 1_000_000).padStart(6, "0")}Z`;
}
