/** Two daemons with linked servers, set up by the command line, and the cable between them pulled for three seconds. Needs root. */

import { afterEach, test } from "vitest";
import { cutAndCompare } from "../support/cut-pair.ts";
import { openPair, type Pair } from "../support/pair.ts";
import { quick } from "../support/pair-quick.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

test("three seconds without the cable: each server has every event of both nodes once and in order", async () => {
  pair = await openPair({
    kinds: ["understudy", "understudy"],
    settings: [quick, quick],
    routers: { subscribe: false },
  });
  await cutAndCompare(pair, 3000);
}, 120_000);
