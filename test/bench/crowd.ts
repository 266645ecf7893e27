/**
 * A crowd: two routers of one make with hundreds of virtual routers each, on several LANs, since a VRID has eight bits. The active one is killed or stopped and the other has to take over all of them; then they change parts.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LabNetwork } from "../../services/lab/network.ts";
import type { Bench, Program } from "./bench.ts";
import { listen } from "./crowd-listener.ts";
import type { Sight } from "./crowd-observer.ts";
import { pause } from "./inbox.ts";
import { type Instance, instancesConfiguration } from "./instances.ts";
import { becameActive, firstState, type Make, startRouter } from "./router.ts";

export interface Crowd {
  readonly make: Make;
  readonly size: number;
  /** Kills the active router without a word (crash) or ends it (stop); milliseconds of each virtual router. */
  takeOver(how: Way): Promise<CrowdTakeover>;
  close(): Promise<void>;
}

export type Way = "crash" | "stop";

/** Milliseconds. */
export interface CrowdTakeover {
  readonly make: Make;
  readonly size: number;
  readonly how: Way;
  /**
   * From the instant due to the first announcement of each virtual address by the new router. Due is, after a crash, the
   * last advert of the virtual router + 3 s + Skew_Time, and after a stop SIGTERM + Skew_Time.
   */
  readonly late: readonly number[];
  /** From SIGTERM to the last resignation; 0 after a crash. */
  readonly resigned: number;
  /**
   * From the last of those instants due to the last takeover that a subscriber, or a reader of keepalived's FIFO, had: the
   * instants due are as far apart as the adverts of the dead router were.
   */
  readonly told: number;
}

const priority = 50;
/** (256 - priority) / 256 s, and 3 * interval + that, in microseconds (RFC 3768 6.1). */
const skewTime = ((256 - priority) * 1_000_000) / 256;
const activeDownInterval = 3_000_000 + skewTime;
/** VRIDs 1 to 250 on each LAN. */
const routersOnLan = 250;
const patience = 60_000;
/** Until the last takeover has had its announcements, and until adverts, logs and records are at rest. */
const afterTakeover = { crash: 5_500, stop: 3_500 };
const rest = 2_000;

export async function openCrowd(bench: Bench, make: Make, size: number): Promise<Crowd> {
  const network = bench.network(["a", "b", "watch"]);
  const lans = Math.ceil(size / routersOnLan);
  addLans(network, lans);
  const observer = bench.program<Sight>(network.host("watch"), "crowd-observer");
  await observer.inbox.waitFor("the observer sees", () => true);
  const sideOf = (name: "a" | "b") => {
    const host = network.host(name);
    const directory = bench.directory(`crowd-${make}-${size}-${name}`);
    const listener = listen(bench, { make, host, directory, name });
    const instances = Array.from({ length: size }, (_, index) => memberOf(index));
    const configuration = instancesConfiguration({
      node: name,
      version: 2,
      priority,
      interval: 1,
      instances,
      globals: listener.globals,
    });
    const virtualPrefix = "10.64.0.0/10";
    const logFile = join(directory, "log");
    const plan = { make, host, directory, priority, configuration, virtualPrefix, logFile };
    return { name, logFile, heard: listener.heard, start: () => startRouter(plan) };
  };
  const startSide = async (side: ReturnType<typeof sideOf>) => {
    const router = side.start();
    await awaitLines(side.logFile, firstState, size);
    return { ...side, router };
  };
  let active = await startSide(sideOf("a"));
  await awaitLines(active.logFile, becameActive, size);
  let backup = await startSide(sideOf("b"));
  return {
    make,
    size,
    takeOver: async (how) => {
      await pause(rest + Math.random() * 1000);
      await look(observer);
      const before = await pauseAndLook(observer, 1_200);
      const endedAt = Number(process.hrtime.bigint() / 1000n);
      if (how === "crash") await active.router.crash();
      else await active.router.stop();
      const after = await pauseAndLook(observer, afterTakeover[how]);
      if (after.dropped > 0) bench.say(`the observer lost ${after.dropped} frames`);
      const { late, lastDue } = latenessOf(size, how, endedAt, {
        adverts: [...before.adverts, ...after.adverts],
        announcements: after.announcements,
        dropped: after.dropped,
      });
      const resignations = after.adverts.filter((advert) => advert.priority === 0);
      const resigned = Math.max(0, ...resignations.map((advert) => advert.at - endedAt)) / 1000;
      const told = (Math.max(...(await backup.heard(endedAt, size))) - lastDue) / 1000;
      const restarted = await startSide(active);
      [active, backup] = [backup, restarted];
      return { make, size, how, late, resigned, told };
    },
    close: async () => {
      await backup.router.crash();
      await active.router.crash();
      observer.signal("SIGKILL");
      network.remove();
    },
  };
}

/** Milliseconds behind the instant due at which each virtual address was announced first, and the last of these instants. */
function latenessOf(
  size: number,
  how: Way,
  endedAt: number,
  sight: Sight,
): { readonly late: number[]; readonly lastDue: number } {
  const lastAdvert = new Map<string, number>();
  for (const { at, source, virtualRouterId, priority: sent } of sight.adverts) {
    const [, , lan, side] = source.split(".");
    const key = `${side} ${lan} ${virtualRouterId}`;
    if (sent > 0) lastAdvert.set(key, at);
  }
  const first = new Map<string, { readonly at: number }>();
  for (const each of sight.announcements) if (!first.has(each.address)) first.set(each.address, each);
  const newSide = sideThatSpeaksLast(sight);
  const oldSide = newSide === "11" ? "12" : "11";
  let lastDue = 0;
  const late = Array.from({ length: size }, (_, index) => {
    const { lan, virtualRouterId, address } = memberOf(index);
    const moved = first.get(address);
    if (moved === undefined) throw new Error(`${address} did not move`);
    const last = lastAdvert.get(`${oldSide} ${lan} ${virtualRouterId}`);
    if (last === undefined) throw new Error(`no advert of VRID ${virtualRouterId} before the end`);
    const due = how === "crash" ? last + activeDownInterval : endedAt + skewTime;
    lastDue = Math.max(lastDue, due);
    return (moved.at - due) / 1000;
  });
  return { late, lastDue };
}

function sideThatSpeaksLast({ adverts }: Sight): string {
  return adverts.at(-1)?.source.split(".")[3] ?? "";
}

async function look(observer: Program<Sight>): Promise<Sight> {
  const mark = observer.inbox.items.length;
  observer.signal("SIGUSR2");
  return observer.inbox.waitFor("what the observer saw", () => true, mark);
}

async function pauseAndLook(observer: Program<Sight>, milliseconds: number): Promise<Sight> {
  await pause(milliseconds);
  return look(observer);
}

/** A bridge for each LAN, and a cable from each host to it. */
function addLans({ ip, hosts, switchNamespace }: LabNetwork, lans: number): void {
  for (let lan = 1; lan <= lans; lan++) {
    const name = `lan${lan}`;
    ip(switchNamespace, ...`link add ${name} type bridge mcast_snooping 0`.split(" "));
    ip(switchNamespace, ...`link set ${name} up`.split(" "));
    for (const [index, { namespace }] of hosts.entries()) {
      const port = `${name}-${index}`;
      const ends = `index ${100 * lan + 2000 + index} type veth peer name ${name} netns ${namespace}`;
      ip(switchNamespace, ...`link add ${port} ${ends}`.split(" "));
      ip(switchNamespace, ...`link set ${port} master ${name} up`.split(" "));
      ip(namespace, ...`address add 10.20.${lan}.${11 + index}/24 dev ${name}`.split(" "));
      ip(namespace, ...`link set ${name} up`.split(" "));
    }
  }
}

function memberOf(index: number): Instance & { readonly lan: number } {
  const lan = 1 + Math.floor(index / routersOnLan);
  const virtualRouterId = 1 + (index % routersOnLan);
  return { lan, interface: `lan${lan}`, virtualRouterId, address: `10.${64 + lan}.0.${virtualRouterId}` };
}

/** Until the log has so many lines with the text. */
export async function awaitLines(file: string, text: string, wanted: number): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    const found = existsSync(file) ? readFileSync(file, "utf8").split(text).length - 1 : 0;
    if (found >= wanted) return;
    if (performance.now() > deadline) throw new Error(`${found} of ${wanted} lines "${text}" in the log`);
    await pause(200);
  }
}
