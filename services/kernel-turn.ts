/**
 * What several routers ask of the kernel's addresses in one turn of the event loop goes to it in one list, which takes a
 * third of the time and less. Outside of such a turn each is asked for at once.
 */

import type { AddressToInstall } from "./io/addresses.ts";
import { done, type Outcome } from "./io/outcome.ts";

/** An answer, or one that comes before the turn ends. */
export type Answer = Outcome | PendingAnswer;

export interface PendingAnswer {
  /** Called once. */
  readonly onAnswer: (take: (outcome: Outcome) => void) => void;
}

export function isPending(answer: Answer): answer is PendingAnswer {
  return "onAnswer" in answer;
}

export interface KernelTurn {
  install(addresses: readonly AddressToInstall[]): Answer;
  remove(addresses: readonly AddressToInstall[]): Answer;
  /** From now on what is asked for is gathered. */
  begin(): void;
  /** The kernel is asked for what was gathered, and whoever waits has the answer; from now on at once again. */
  end(): void;
}

type Change = (addresses: readonly AddressToInstall[]) => readonly Outcome[];

/** Installations that wait for one another at most, so that the first address is not kept waiting by the last. */
const mostInstallations = 16;

export function createKernelTurn(kernel: { readonly install: Change; readonly remove: Change }): KernelTurn {
  let isGathering = false;
  let gathered: Request[] = [];

  const ask = () => {
    const requests = gathered;
    gathered = [];
    const [first] = requests;
    if (first === undefined) return;
    const outcomes = kernel[first.change](requests.flatMap(({ addresses }) => addresses));
    let from = 0;
    for (const { addresses, answer } of requests) {
      const own = outcomes.slice(from, from + addresses.length);
      from += addresses.length;
      answer(firstFailure(own));
    }
  };

  const request = (change: Request["change"], addresses: readonly AddressToInstall[]): Answer => {
    // One interface's address may go from one router to another: the order holds.
    if (gathered[0] !== undefined && gathered[0].change !== change) ask();
    if (!isGathering) return firstFailure(kernel[change](addresses));
    let take: (outcome: Outcome) => void = () => undefined;
    gathered.push({ change, addresses, answer: (outcome) => take(outcome) });
    return {
      onAnswer: (given) => {
        take = given;
      },
    };
  };
  return {
    install: (addresses) => {
      if (gathered.length >= mostInstallations && gathered[0]?.change === "install") ask();
      return request("install", addresses);
    },
    remove: (addresses) => request("remove", addresses),
    begin: () => {
      isGathering = true;
    },
    end: () => {
      // Who has an answer may ask again.
      while (gathered.length > 0) ask();
      isGathering = false;
    },
  };
}

interface Request {
  readonly change: "install" | "remove";
  readonly addresses: readonly AddressToInstall[];
  readonly answer: (outcome: Outcome) => void;
}

export function firstFailure(outcomes: readonly Outcome[]): Outcome {
  return outcomes.find((outcome) => !outcome.ok) ?? done;
}
