/** The parts of the way of an advert that need no network: medians over fresh processes. */

import type { Bench } from "./bench.ts";
import type { CodecCost, CrowdMemory, MachineCost } from "./inside.ts";
import { type Spread, spreadOf } from "./numbers.ts";

/** Microseconds of processor time, and megabytes. */
export interface Parts {
  readonly encode: Spread;
  readonly validate: Spread;
  readonly router: Spread;
  readonly actor: Spread;
  readonly memoryGrowth: Spread;
  readonly memoryTotal: Spread;
}

const usualRepetitions = 5;

export async function measureParts(bench: Bench): Promise<Parts> {
  const host = bench.network(["parts"]).host("parts");
  const run = async <T>(figure: string): Promise<T> => {
    const program = bench.program<T>(host, "inside", figure);
    const found = await program.inbox.waitFor(figure, () => true, 0, 60_000);
    await program.ended;
    bench.say(`${figure}: ${JSON.stringify(found)}`);
    return found;
  };
  const codecs: CodecCost[] = [];
  const machines: MachineCost[] = [];
  const memories: CrowdMemory[] = [];
  for (let round = 0; round < (bench.repetitions ?? usualRepetitions); round++) {
    codecs.push(await run("codec"));
    machines.push(await run("machine"));
    memories.push(await run("memory"));
  }
  const spread = (samples: readonly number[]): Spread => {
    const found = spreadOf(samples);
    if (found === undefined) throw new Error("nothing was measured");
    return found;
  };
  return {
    encode: spread(codecs.map(({ encode }) => encode)),
    validate: spread(codecs.map(({ validate }) => validate)),
    router: spread(machines.map(({ router }) => router)),
    actor: spread(machines.map(({ actor }) => actor)),
    memoryGrowth: spread(memories.map(({ growth }) => growth)),
    memoryTotal: spread(memories.map(({ total }) => total)),
  };
}
