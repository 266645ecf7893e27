/** Asks daemons over NATS how a router is at this moment: of several servers the one whose node it is answers. */

import type { NatsConnection } from "@nats-io/transport-node";
import { type NowQuestion, nowSubject, type RouterNow, readNow } from "../../contracts/now.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { NatsAddress } from "./address.ts";
import { connectOnce } from "./connect.ts";

/** Milliseconds until an answer is given up: a daemon answers within one or two, and a later one is of no use. */
const answerTimeout = 1000;

export interface NowAsker {
  /** The error says why nobody answered. */
  ask(node: string, question: NowQuestion): Promise<Outcome<RouterNow>>;
  close(): Promise<void>;
}

/** Connects with the first question, and again with one that comes after a connection was lost. */
export function createNowAsker(addresses: readonly NatsAddress[]): NowAsker {
  const lines = addresses.map(createLine);
  /** Who answered for a node the last time. */
  const known = new Map<string, Line>();
  return {
    async ask(node, question) {
      const former = known.get(node);
      let answer: Outcome<RouterNow> = failure("no server is known");
      for (const line of former === undefined ? lines : [former]) {
        answer = await line.ask(node, question);
        if (answer.ok) known.set(node, line);
        if (answer.ok) return answer;
      }
      known.delete(node);
      return answer;
    },
    close: async () => {
      await Promise.all(lines.map((line) => line.close()));
    },
  };
}

interface Line {
  ask(node: string, question: NowQuestion): Promise<Outcome<RouterNow>>;
  close(): Promise<void>;
}

function createLine(address: NatsAddress): Line {
  let connection: Promise<Outcome<NatsConnection>> | undefined;
  const connected = () => {
    connection ??= connectOnce(address, "understudy inspect: questions").then((outcome) => {
      if (outcome.ok) void outcome.value.closed().then(forget);
      else forget();
      return outcome;
    });
    return connection;
  };
  const forget = () => {
    connection = undefined;
  };
  return {
    async ask(node, question) {
      const own = await connected();
      if (!own.ok) return own;
      try {
        const asked = await own.value.request(nowSubject(node), JSON.stringify(question), {
          timeout: answerTimeout,
        });
        const answer = readNow(asked.json());
        return "error" in answer ? failure(answer.error) : success(answer);
      } catch (thrown) {
        return failure(`${address.shown}: ${describeThrown(thrown)}`);
      }
    },
    async close() {
      const own = await connection;
      if (own?.ok === true) await own.value.close();
    },
  };
}
