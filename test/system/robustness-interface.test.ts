/** The interface of the active router is deleted and made again under its name: the sockets of the old one are dead. */

import { afterEach, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import {
  activeDownInterval,
  allowance,
  awaitPhase,
  awaitTransitions,
  expectBetween,
  expectOnlyOwner,
  startPair,
} from "../support/pair-steps.ts";
import { quiet } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

test("interface deleted: fault, takeover by the peer; made again: it hears the peer by a new socket and preempts", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"] });
  const { a, b } = pair;
  await startPair(pair);
  const last = await awaitPhase(pair, "a", 300);
  const deleted = now();
  pair.deleteInterface(a);
  await awaitTransitions(a, "backup>active noResponse", "active>fault faultRaised");
  const status = await a.status();
  expect(status?.problems).toEqual([expect.stringMatching(/^VI_1 is in fault: interface enp3s0f0/u)]);
  const first = await pair.awaitAdvert("b", deleted);
  expectBetween(first.at - last.at, activeDownInterval.b, activeDownInterval.b + allowance);

  await pair.createInterface(a);
  await quiet(300);
  expect((await a.status())?.routers[0]?.state).toBe("fault");
  const addressed = now();
  pair.network.ip(a.host.namespace, "address", "add", "10.10.10.11/24", "dev", a.host.interface);
  const back = await pair.awaitAdvert("a", addressed);
  expectBetween(back.at - addressed, activeDownInterval.a, activeDownInterval.a + allowance);
  await expectOnlyOwner(pair, a, b);
  // That it preempted, and did not just wait in vain, says that it heard the peer.
  await awaitTransitions(
    a,
    "active>fault faultRaised",
    "fault>backup faultCleared",
    "backup>active preempted",
  );
  await awaitTransitions(b, "backup>active noResponse", "active>backup higherPriority");
  expect(a.pid()).not.toBe(0);
});
