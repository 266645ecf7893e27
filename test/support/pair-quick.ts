/** Pairs whose takeovers take less than a second, and how two makes are put together. */

import { expect } from "vitest";
import { now, type Pair } from "./pair.ts";
import { expectOnlyOwner } from "./pair-steps.ts";

/** Version 3 with an advert every 200 ms. */
export const quick = { version: 3, password: undefined, advertisementInterval: 0.2 } as const;

export const bothOrders = [
  ["understudy", "keepalived"],
  ["keepalived", "understudy"],
] as const;

/** a serves when it is done, and b waits. */
export async function startBoth({ a, b, awaitAdvert }: Pair): Promise<void> {
  const started = now();
  a.start();
  await a.awaitLog(/Entering BACKUP STATE/u);
  b.start();
  await awaitAdvert("a", started);
}

/** a stops, and b alone has the address then. */
export async function stopAndTakeOver(pair: Pair): Promise<void> {
  const { a, b } = pair;
  const stopped = now();
  expect(await a.stop()).toBe(0);
  await pair.awaitAdvert("b", stopped);
  await expectOnlyOwner(pair, b, a);
}
