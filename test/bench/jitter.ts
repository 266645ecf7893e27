/**
 * How regular adverts are: the distance of each from the one before it, against the interval that is configured. Both
 * makes run at the same time, each on a switch of its own, so that both have the same noise; then again beside four
 * programs that keep the processors busy.
 */

import { join } from "node:path";
import type { Bench, Program } from "./bench.ts";
import { awaitLines } from "./crowd.ts";
import type { Sight } from "./crowd-observer.ts";
import { pause } from "./inbox.ts";
import { instancesConfiguration } from "./instances.ts";
import { type Spread, spreadOf } from "./numbers.ts";
import { becameActive, type Make, startRouter } from "./router.ts";

export interface Jitter {
  readonly make: Make;
  /** Seconds between two adverts. */
  readonly interval: number;
  readonly hogs: number;
  /** Milliseconds, without their sign. */
  readonly deviation: Spread;
}

const cases = [
  { interval: 1, seconds: 20 },
  { interval: 0.1, seconds: 10 },
  { interval: 0.01, seconds: 10 },
] as const;
const hogs = 4;
const priority = 200;
/** Until start-up, takeover and rehearsal are over. */
const settling = 8_000;

export async function measureJitter(bench: Bench): Promise<readonly Jitter[]> {
  const found: Jitter[] = [];
  for (const each of cases) found.push(...(await measureInterval(bench, each)));
  return found;
}

async function measureInterval(
  bench: Bench,
  { interval, seconds }: (typeof cases)[number],
): Promise<Jitter[]> {
  const routers: Awaited<ReturnType<typeof open>>[] = [];
  for (const make of ["understudy", "keepalived"] as const) routers.push(await open(bench, make, interval));
  await pause(settling);
  const watch = async (busy: number): Promise<Jitter[]> => {
    for (const { observer } of routers) await look(observer);
    await pause(seconds * 1000);
    const sights = [];
    for (const { make, observer } of routers) sights.push({ make, sight: await look(observer) });
    return sights.map(({ make, sight }) => {
      const deviation = deviationOf(sight, interval);
      const { p50, p99 } = deviation;
      const figures = `median ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms`;
      bench.say(`${make}, an advert each ${interval} s, ${busy} hogs: ${figures}`);
      return { make, interval, hogs: busy, deviation };
    });
  };
  const quiet = await watch(0);
  const [host] = routers.map(({ network }) => network.host("watch"));
  const programs = host === undefined ? [] : Array.from({ length: hogs }, () => bench.program(host, "hog"));
  await pause(1_000);
  const loud = await watch(hogs);
  for (const program of programs) program.signal("SIGKILL");
  for (const { router, network, observer } of routers) {
    await router.stop();
    observer.signal("SIGKILL");
    network.remove();
  }
  return [...quiet, ...loud];
}

async function open(bench: Bench, make: Make, interval: number) {
  const network = bench.network(["a", "watch"]);
  const host = network.host("a");
  const directory = bench.directory(`jitter-${make}-${interval}`);
  const instances = [{ interface: host.interface, virtualRouterId: 51, address: "10.10.10.114" }];
  const configuration = instancesConfiguration({ node: "a", version: 3, priority, interval, instances });
  const logFile = join(directory, "log");
  const observer = bench.program<Sight>(network.host("watch"), "crowd-observer");
  const router = startRouter({ make, host, directory, priority, configuration, logFile });
  await awaitLines(logFile, becameActive, 1);
  return { make, network, observer, router };
}

async function look(observer: Program<Sight>): Promise<Sight> {
  const mark = observer.inbox.items.length;
  observer.signal("SIGUSR2");
  return observer.inbox.waitFor("what the observer saw", () => true, mark);
}

function deviationOf({ adverts }: Sight, interval: number): Spread {
  const found = adverts.slice(1).map(({ at }, index) => {
    const distance = (at - (adverts[index]?.at ?? at)) / 1000;
    return Math.abs(distance - interval * 1000);
  });
  const spread = spreadOf(found);
  if (spread === undefined) throw new Error("no adverts were seen");
  return spread;
}
