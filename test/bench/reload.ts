/**
 * What a reload costs: 250 active routers with an advert every 200 ms each, and a file in which one of them has another
 * priority. How long until it is taken up, and how late the adverts of all of them are around that moment.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { reloadReportSchema } from "../../contracts/events/configuration.ts";
import { askDaemon } from "../../services/control/client.ts";
import { controlSocketPath } from "../../services/control/protocol.ts";
import { monotonic } from "../../services/io/clock.ts";
import type { Bench } from "./bench.ts";
import { pause } from "./inbox.ts";
import { type Spread, spreadOf } from "./numbers.ts";
import type { Observation } from "./observer.ts";
import { becameActive, type Make, type Router, startRouter } from "./router.ts";
import { type Row, spreadRow } from "./row.ts";

export interface ReloadFigures {
  readonly understudy: ReloadCost;
  readonly keepalived: ReloadCost;
}

export interface ReloadCost {
  /** Milliseconds from the request to the last change. */
  readonly duration: Spread;
  /** Milliseconds behind its time of the latest advert around each reload, and of the latest one in as long a time without. */
  readonly late: Spread;
  readonly lateWithout: Spread;
}

const routerCount = 250;
const usualRepetitions = 20;
/** Microseconds. */
const interval = 200_000;
/** Around a reload, from the request on. */
const window = 300_000;
const pauseMilliseconds = 1_100;

export async function measureReload(bench: Bench): Promise<ReloadFigures> {
  return { understudy: await measure(bench, "understudy"), keepalived: await measure(bench, "keepalived") };
}

export function reloadRows({ understudy, keepalived }: ReloadFigures): Row[] {
  const duration = "reload of 250 routers, one of them changed";
  return [
    spreadRow(duration, "ms", understudy.duration, keepalived.duration, 100),
    // keepalived sends an advert of every router with a reload and counts anew from there, so that none can be late.
    spreadRow("latest advert of the 250 meanwhile", "ms", understudy.late, undefined, 10),
    spreadRow("the same without a reload", "ms", understudy.lateWithout, keepalived.lateWithout, undefined),
  ];
}

async function measure(bench: Bench, make: Make): Promise<ReloadCost> {
  const network = bench.network(["a", "b"]);
  const host = network.host("a");
  const directory = bench.directory(`reload-${make}`);
  const observer = bench.program<Observation>(network.host("b"), "observer", "eth0");
  const router = startRouter({ make, host, directory, priority: 100, configuration: textWith(100) });
  const count = () => router.log.items.filter(({ text }) => text.includes(becameActive)).length;
  await router.log.waitFor("all routers active", () => count() >= routerCount);
  await pause(8_000);
  const durations: number[] = [];
  const moments: number[] = [];
  for (let round = 0; round < (bench.repetitions ?? usualRepetitions); round++) {
    writeFileSync(join(directory, "keepalived.conf"), textWith(round % 2 === 0 ? 101 : 100));
    // At another phase of the interval each time.
    await pause(pauseMilliseconds + 37 * (round % 6));
    moments.push(monotonic());
    durations.push(await reload(router, directory));
  }
  await pause(pauseMilliseconds);
  const lateness = latenessOf(observer.inbox.items);
  await router.stop();
  observer.signal("SIGKILL");
  const worst = (from: number) =>
    Math.max(0, ...lateness.filter(({ at }) => at >= from && at < from + window).map(({ late }) => late)) /
    1000;
  const [duration, late, lateWithout] = [
    spreadOf(durations),
    spreadOf(moments.map(worst)),
    spreadOf(moments.map((at) => worst(at - 2 * window))),
  ];
  if (duration === undefined || late === undefined || lateWithout === undefined) {
    throw new Error("nothing was reloaded");
  }
  return { duration, late, lateWithout };
}

/** Milliseconds until it is done, as the daemon says; keepalived's until its log says so. */
async function reload(router: Router, directory: string): Promise<number> {
  if (router.plan.make === "understudy") {
    const socket = controlSocketPath(join(directory, "data"));
    const answer = await askDaemon(socket, { command: "reload", dryRun: false });
    if (!answer.ok) throw new Error(answer.error);
    const report = reloadReportSchema.parse(answer.value);
    if (report.changed.length !== 1) throw new Error(`reload: ${JSON.stringify(report)}`);
    return report.milliseconds;
  }
  const from = router.log.items.length;
  const asked = monotonic();
  process.kill(router.pids()[0] ?? 0, "SIGHUP");
  const line = await router.log.waitFor(
    "Reload complete",
    ({ text }) => /Reload (complete|finished)/iu.test(text),
    from,
  );
  return (line.at - asked) / 1000;
}

/** How much longer than the interval it was since the advert before: keepalived begins another schedule with a reload. */
function latenessOf(observations: readonly Observation[]): { readonly at: number; readonly late: number }[] {
  const last = new Map<number, number>();
  return observations.flatMap((each) => {
    if (each.kind !== "advert") return [];
    const { at, virtualRouterId } = each;
    const before = last.get(virtualRouterId);
    last.set(virtualRouterId, at);
    return before === undefined ? [] : [{ at, late: at - before - interval }];
  });
}

function textWith(priority: number): string {
  const routers = Array.from({ length: routerCount }, (_, index) => {
    const id = index + 1;
    return `vrrp_instance VI_${id} {
    state BACKUP
    interface eth0
    version 3
    virtual_router_id ${id}
    priority ${id === 125 ? priority : 100}
    advert_int 0.2
    virtual_ipaddress {
        10.30.0.${id}
    }
}
`;
  });
  return `global_defs {\n    router_id node_a\n}\n${routers.join("")}`;
}
