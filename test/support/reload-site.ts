/** A pair for reloads: several routers, a active for all of them, and what is to be seen of a reload. */

import { expect } from "vitest";
import { type ConfigEvent, configEventSchema } from "../../contracts/events/configuration.ts";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import { now, openPair, type Pair } from "./pair.ts";
import type { RouterKind } from "./pair-program.ts";
import type { PairRouter } from "./pair-router.ts";
import { quiet, waitFor } from "./pair-wait.ts";
import { type RouterBlock, threeRouters, writeRouters } from "./reload-config.ts";

let pair: Pair | undefined;
let monitor: LabProcess | undefined;

/** Ends the pair that was opened last, and what watches it. */
export async function closeReload(): Promise<void> {
  monitor?.signal("SIGKILL");
  await monitor?.ended;
  monitor = undefined;
  await pair?.close();
}

/** Microseconds. */
const interval = 200_000;

export interface Site extends Pair {
  /** What the kernel told of the addresses of a since the last reload: "Deleted ... 10.10.10.114/32 ...". */
  readonly addressLines: string[];
}

/** a is active for all routers, b is the backup; a's events have arrived. */
export async function openReload(peer: RouterKind = "keepalived", routers = threeRouters): Promise<Site> {
  const opened = await openPair({ kinds: ["understudy", peer] });
  pair = opened;
  const { a, b } = opened;
  for (const each of [a, b]) {
    writeRouters(each, routers);
    if (routers.some((router) => router.interface === "lan2")) addSecondInterface(opened, each);
  }
  a.start();
  await a.awaitLog(/Entering BACKUP STATE/u);
  b.start();
  await waitFor("the start", () => transitionsOf(a, "VI_3").at(-1) === "backup>active", { seconds: 20 });
  await opened.awaitAnswer("a", now());
  // The second burst of announcements is over.
  await quiet(1_500);
  const addressLines: string[] = [];
  monitor = startInHost(a.host, {
    command: ["ip", "-o", "monitor", "address"],
    onLine: (line) => addressLines.push(line),
  });
  await quiet(200);
  return { ...opened, addressLines };
}

/** lan2 with 10.20.0.1/24, whose other end is in the same host: nobody else is there. */
export function addSecondInterface({ network }: Pair, { host }: PairRouter): void {
  const { namespace } = host;
  network.ip(namespace, "link", "add", "lan2", "type", "veth", "peer", "name", "far2");
  for (const name of ["lan2", "far2"]) network.ip(namespace, "link", "set", name, "up");
  network.ip(namespace, "address", "add", "10.20.0.1/24", "dev", "lan2");
}

export function configEvents({
  events,
}: PairRouter): { readonly router: string; readonly event: ConfigEvent }[] {
  return events
    .filter((record) => record.class === "config")
    .map(({ router, body }) => ({ router, event: configEventSchema.parse(body) }));
}

export function transitionsOf({ events }: PairRouter, name: string): string[] {
  return events
    .filter((record) => record.class === "transition" && record.router === name)
    .map(({ body }) => `${(body as { from: string }).from}>${(body as { to: string }).to}`);
}

/** SIGHUP; resolves when the daemon has said that it is done. The moment before it. */
export async function reload(
  router: PairRouter,
  routers: readonly RouterBlock[],
  before: readonly string[] = [],
): Promise<number> {
  writeRouters(router, routers, before);
  const from = router.log.length;
  const asked = now();
  router.signal("SIGHUP");
  await router.awaitLog(/Reload complete/u, from);
  return asked;
}

/**
 * Adverts of the VRID on the port for a second before the reload and one after: none is left out and none is sent besides. How
 * late one may be is the benchmark's to say, since a busy machine delays any.
 */
export async function expectRegular(
  { adverts }: Pair,
  port: string,
  virtualRouterId: number,
  since: number,
): Promise<void> {
  const own = () =>
    adverts(since - 1_000_000, port).filter(({ advert }) => advert.virtualRouterId === virtualRouterId);
  await waitFor("a second of adverts", () => (own().at(-1)?.at ?? 0) > since + 1_000_000);
  const instants = own().map(({ at }) => at);
  for (const [index, at] of instants.slice(1).entries()) {
    expect(at - (instants[index] ?? 0)).toBeLessThan(2 * interval);
  }
  const [first = 0, last = 0] = [instants[0], instants.at(-1)];
  expect(Math.abs(instants.length - 1 - (last - first) / interval)).toBeLessThan(0.75);
}

export function announced({ announcements }: Pair, port: string, address: string, since: number): number {
  return announcements(since, port, address).length;
}
