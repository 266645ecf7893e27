/** What 250 check scripts a second cost: the processor time of the daemon and of the programs that it starts, shell or none. */

import { readFileSync } from "node:fs";
import type { Bench } from "./bench.ts";
import { pause } from "./inbox.ts";
import { instancesConfiguration } from "./instances.ts";
import { type Spread, spreadOf } from "./numbers.ts";
import { becameActive, type Make, type Router, startRouter } from "./router.ts";
import { type Row, spreadRow } from "./row.ts";

/** Percent of one processor. */
export interface ScriptFigures {
  readonly understudy: ScriptCost;
  readonly keepalived: ScriptCost;
}

export interface ScriptCost {
  /** Of the daemon itself, and of the scripts. */
  readonly daemon: Spread;
  readonly scripts: Spread;
}

const scriptCount = 250;
const usualRepetitions = 5;
const settlingMilliseconds = 5_000;
const watchedMilliseconds = 4_000;

export async function measureScripts(bench: Bench): Promise<ScriptFigures> {
  return { understudy: await measure(bench, "understudy"), keepalived: await measure(bench, "keepalived") };
}

export function scriptRows({ understudy, keepalived }: ScriptFigures): Row[] {
  const figure = "250 check scripts a second";
  return [
    spreadRow(`${figure}: the daemon`, "%", understudy.daemon, keepalived.daemon, undefined),
    spreadRow(`${figure}: the programs`, "%", understudy.scripts, keepalived.scripts, undefined),
  ];
}

async function measure(bench: Bench, make: Make): Promise<ScriptCost> {
  const host = bench.network(["a"]).host("a");
  const directory = bench.directory(`scripts-${make}`);
  const router = startRouter({ make, host, directory, priority: 100, configuration });
  await router.log.waitFor(`${make} becomes active`, ({ text }) => text.includes(becameActive));
  await pause(settlingMilliseconds);
  const costs: Used[] = [];
  for (let round = 0; round < (bench.repetitions ?? usualRepetitions); round++) {
    const [before, since] = [usedBy(router), process.hrtime.bigint()];
    await pause(watchedMilliseconds);
    const seconds = Number(process.hrtime.bigint() - since) / 1e9;
    const after = usedBy(router);
    const share = (part: keyof Used) => (100 * (after[part] - before[part])) / seconds;
    costs.push({ daemon: share("daemon"), scripts: share("scripts") });
    bench.say(
      `${make}: daemon ${costs.at(-1)?.daemon.toFixed(1)} %, scripts ${costs.at(-1)?.scripts.toFixed(1)} %`,
    );
  }
  await router.stop();
  return {
    daemon: spread(costs.map(({ daemon }) => daemon)),
    scripts: spread(costs.map(({ scripts }) => scripts)),
  };
}

/** Seconds of processor time since the start. */
interface Used {
  readonly daemon: number;
  readonly scripts: number;
}

const ticksPerSecond = 100;

/** utime, stime, and those of the children that ended (proc(5)). */
function usedBy(router: Router): Used {
  const text = readFileSync(`/proc/${router.decider()}/stat`, "utf8");
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return { daemon: (user + system) / ticksPerSecond, scripts: (childUser + childSystem) / ticksPerSecond };
}

function spread(samples: readonly number[]): Spread {
  const found = spreadOf(samples);
  if (found === undefined) throw new Error("nothing was measured");
  return found;
}

const names = Array.from({ length: scriptCount }, (_, index) => `chk_${index}`);
const router = instancesConfiguration({
  ...{ node: "a", version: 3, priority: 100, interval: 1 },
  instances: [{ interface: "eth0", virtualRouterId: 51, address: "10.99.0.1" }],
}).replace(
  /\}\n$/u,
  `    track_script {\n${names.map((name) => `        ${name} weight 0\n`).join("")}    }\n}\n`,
);
const configuration = router.replace(
  "vrrp_instance",
  `${names.map((name) => `vrrp_script ${name} {\n    script /bin/true\n    interval 1\n}\n`).join("")}vrrp_instance`,
);
