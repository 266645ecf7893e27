/**
 * A program: the parts of the way of an advert that need no network, each in a process of its own that prints one JSON
 * line. Times are processor time of the whole process, collector and compiler included, so that other work on the machine
 * is not counted. What is measured has been called before, as in a daemon that runs.
 */

import { setTimeout as delay } from "node:timers/promises";
import { createActor } from "xstate";
import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { centiseconds } from "../../contracts/units.ts";
import { encodeAdvertisement } from "../../contracts/wire/advertisement.ts";
import { type Receiver, receiveAdvertisement } from "../../contracts/wire/validate.ts";
import { parametersOf } from "../../machines/parameters.ts";
import { virtualRouterMachine } from "../../machines/virtual-router.ts";
import { tuneEngine } from "../../services/engine.ts";
import { monotonic, wallClock } from "../../services/io/clock.ts";
import { done } from "../../services/io/outcome.ts";
import type { NetworkPorts } from "../../services/network-ports.ts";
import { superviseRouters } from "../../services/supervisor.ts";
import type { VirtualRouter } from "../../services/virtual-router.ts";
import { memoryOf } from "./machine.ts";

/** Microseconds of processor time for each call. */
export interface CodecCost {
  readonly encode: number;
  /** Decoding included. */
  readonly validate: number;
}

/** Microseconds of processor time for each advert that a backup hears and re-arms its timer for. */
export interface MachineCost {
  /** With the shell around the machine and the real timers. */
  readonly router: number;
  /** The XState actor alone. */
  readonly actor: number;
}

/** Megabytes. */
export interface CrowdMemory {
  /** PSS that the routers added, each with its configuration, actor, shell and armed timer. */
  readonly growth: number;
  /** PSS of the whole process then. */
  readonly total: number;
}

const rounds = 200_000;
const routersInCrowd = 10_000;
const [source, peer] = ["10.10.10.11", "10.10.10.12"];

function measureCodec(): CodecCost {
  const advert = {
    version: 3,
    virtualRouterId: 51,
    priority: 100,
    advertisementInterval: centiseconds(100),
    addresses: ["10.10.10.114"],
    authenticationType: 0,
    authenticationData: new Uint8Array(8),
  } as const;
  const path = { source: peer, destination: "224.0.0.18" };
  const receiver: Receiver = {
    ...advert,
    authentication: { type: "none" },
    primaryAddress: source,
    checksum: "either",
    ownChecksum: "rfc5798",
    ownerDropsAdverts: true,
  };
  const payload = encodeAdvertisement(advert, path, "rfc5798");
  const datagram = { ...path, payload, ttl: 255, family: "ipv4" } as const;
  const receiverOf = () => receiver;
  if (!receiveAdvertisement(datagram, receiverOf).accepted) throw new Error("the advert is refused");
  return {
    encode: costOf(() => encodeAdvertisement(advert, path, "rfc5798")),
    validate: costOf(() => receiveAdvertisement(datagram, receiverOf)),
  };
}

function measureMachine(): MachineCost {
  const supervisor = supervise([configOf(0)]);
  supervisor.start();
  const [router] = supervisor.routers();
  const actor = createActor(virtualRouterMachine, { input: parametersOf(configOf(0)) });
  actor.on("*", () => undefined);
  actor.start();
  const at = monotonic();
  actor.send({ type: "link.changed", at, interface: "eth0", state: "up" });
  actor.send({ type: "primaryAddress.changed", at, address: source });
  actor.send({ type: "router.started", at });
  const states = [router?.state(), actor.getSnapshot().value];
  if (states.some((state) => state !== "backup")) throw new Error(`no backups but ${states}`);
  const hear = (listener: (fact: Parameters<VirtualRouter["dispatch"]>[0]) => void) => () =>
    listener({
      type: "advert.received",
      at: monotonic(),
      source: peer,
      priority: 200,
      advertisementInterval: centiseconds(100),
    });
  const cost = { router: costOf(hear((fact) => router?.dispatch(fact))), actor: costOf(hear(actor.send)) };
  supervisor.stop();
  return cost;
}

/** Each router hears some adverts first, so that the collector has had its turns. */
async function measureMemory(): Promise<CrowdMemory> {
  const warm = supervise([configOf(0)]);
  warm.start();
  warm.stop();
  await delay(500);
  const before = memoryOf("self").pss;
  const configs = Array.from({ length: routersInCrowd }, (_, index) => configOf(index));
  const supervisor = supervise(configs);
  supervisor.start();
  for (let round = 0; round < 3; round++) {
    await delay(500);
    for (const router of supervisor.routers()) {
      router.dispatch({
        type: "advert.received",
        at: monotonic(),
        source: peer,
        priority: 200,
        advertisementInterval: centiseconds(4095),
      });
    }
  }
  await delay(2_000);
  const states = new Set([...supervisor.routers()].map((router) => router.state()));
  if (states.size !== 1 || !states.has("backup")) throw new Error(`no backups but ${[...states]}`);
  const total = memoryOf("self").pss;
  return { growth: total - before, total };
}

function costOf(call: () => unknown): number {
  for (let round = 0; round < rounds / 4; round++) call();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds;
}

/** What a journal would answer. */
const record: EventRecord = {
  id: "node/VI_0/00000000/1",
  node: "node",
  router: "VI_0",
  key: null,
  class: "transition",
  sequence: 1,
  incarnation: "00000000",
  position: 1,
  time: "",
  monotonic: 0,
  correlationId: "node/VI_0/00000000/1",
  causationId: null,
  machineVersion: "0",
  prevHash: "",
  hash: "",
  body: {},
};

function supervise(configs: readonly VirtualRouterConfig[]) {
  const ignore = () => undefined;
  const ports: NetworkPorts = {
    sendAdvert: () => done,
    installAddresses: () => done,
    renewAddresses: () => done,
    withdrawAddresses: () => done,
    announceAddresses: () => done,
    installRouting: () => done,
    withdrawRouting: () => done,
  };
  return superviseRouters({
    recording: "transitions",
    configs,
    clock: { monotonic, wallClock },
    recorder: { append: () => record },
    ports,
    introduce: (router) => {
      const at = monotonic();
      router.dispatch({ type: "link.changed", at, interface: router.config.interface, state: "up" });
      router.dispatch({ type: "primaryAddress.changed", at, address: source });
    },
    onRecord: ignore,
    onUnrecorded: ignore,
    onNotice: (notice, detail) => process.stderr.write(`${notice}: ${detail}\n`),
  });
}

/** As the configuration file gives it; 250 on an interface, and nobody takes over within two minutes. */
function configOf(index: number): VirtualRouterConfig {
  const name = `eth${Math.floor(index / 250)}`;
  const address = `10.${Math.floor(index / 250)}.0.${1 + (index % 250)}`;
  return {
    name: `VI_${index}`,
    interface: name,
    family: "ipv4",
    version: 3,
    virtualRouterId: 1 + (index % 250),
    priority: 100,
    advertisementInterval: centiseconds(4095),
    checksum: { send: "rfc5798", receive: "either" },
    preempt: true,
    preemptDelay: 0,
    authentication: { type: "none" },
    addresses: [{ address, prefixLength: 32, interface: name }],
    trackedInterfaces: [],
    tracked: [],
    announcements: { repeat: 5, secondBurstDelay: 500 },
    answersLowerPriority: true,
    addressLease: true,
    acceptMode: true,
    handlers: {},
    source: { file: "keepalived.conf", line: 1 + index * 20 },
  };
}

const [, program = "", figure] = process.argv;
if (/inside\.[jt]s$/u.test(program)) {
  tuneEngine();
  const measure = { codec: measureCodec, machine: measureMachine, memory: measureMemory }[figure ?? ""];
  process.stdout.write(`${JSON.stringify(await measure?.())}\n`);
  process.exit();
}
