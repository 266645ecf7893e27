/** What many routers ask of the kernel in one turn: gathered, answered each by itself, in order. */

import { describe, expect, test } from "vitest";
import type { AddressToInstall } from "../../services/io/addresses.ts";
import { done, failure, type Outcome } from "../../services/io/outcome.ts";
import { type Answer, createKernelTurn, isPending } from "../../services/kernel-turn.ts";

const named = (address: string): AddressToInstall => ({
  address,
  prefixLength: 32,
  interface: "eth0",
  index: 2,
});

function turnOn(refused: readonly string[] = []) {
  const calls: string[] = [];
  const answers: string[] = [];
  const change = (verb: string) => (addresses: readonly AddressToInstall[]) => {
    calls.push(`${verb} ${addresses.map(({ address }) => address).join(" ")}`);
    return addresses.map(({ address }) => (refused.includes(address) ? failure(`EPERM: ${address}`) : done));
  };
  const turn = createKernelTurn({ install: change("install"), remove: change("remove") });
  const note = (name: string, answer: Answer, next: () => void = () => undefined) => {
    const tell = (outcome: Outcome) => {
      answers.push(`${name} ${outcome.ok ? "done" : outcome.error}`);
      next();
    };
    if (isPending(answer)) answer.onAnswer(tell);
    else tell(answer);
  };
  return { turn, calls, answers, note };
}

describe("addresses that many routers ask for", () => {
  test("outside of a turn each is asked for and answered at once", () => {
    const { turn, calls, answers, note } = turnOn(["b"]);
    note("A", turn.install([named("a")]));
    note("B", turn.install([named("b")]));
    expect(calls).toEqual(["install a", "install b"]);
    expect(answers).toEqual(["A done", "B EPERM: b"]);
  });

  test("in a turn they go in one list, and each router has the answer to its own", () => {
    const { turn, calls, answers, note } = turnOn(["b2"]);
    turn.begin();
    note("A", turn.install([named("a")]));
    note("B", turn.install([named("b1"), named("b2")]));
    note("C", turn.install([]));
    expect([...calls, ...answers]).toEqual([]);
    turn.end();
    expect(calls).toEqual(["install a b1 b2"]);
    expect(answers).toEqual(["A done", "B EPERM: b2", "C done"]);
  });

  test("sixteen routers wait for one another at most", () => {
    const { turn, calls, note } = turnOn();
    turn.begin();
    for (let router = 1; router <= 17; router++) note(`${router}`, turn.install([named(`${router}`)]));
    expect(calls.map((call) => call.split(" ").length - 1)).toEqual([16]);
    turn.end();
    expect(calls.map((call) => call.split(" ").length - 1)).toEqual([16, 1]);
  });

  test("an address that goes from one router to another goes in that order", () => {
    const { turn, calls, note } = turnOn();
    turn.begin();
    note("A", turn.remove([named("a")]));
    note("B", turn.install([named("a")]));
    turn.end();
    expect(calls).toEqual(["remove a", "install a"]);
  });

  test("who asks again with the answer is answered in the same turn", () => {
    const { turn, calls, answers, note } = turnOn(["a"]);
    turn.begin();
    note("A", turn.install([named("a")]), () => note("A", turn.remove([named("a")])));
    turn.end();
    expect(calls).toEqual(["install a", "remove a"]);
    expect(answers).toEqual(["A EPERM: a", "A EPERM: a"]);
    note("B", turn.install([named("b")]));
    expect(answers.at(-1)).toBe("B done");
  });
});
