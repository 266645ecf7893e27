/** Tells who asks how a router is at this moment, and what it heard since he asked last. */

import type { NatsConnection } from "@nats-io/transport-node";
import { nowQuestionSchema, nowSubject, type RouterNow } from "../../contracts/now.ts";
import { answerQuestions } from "./questions.ts";

/** Throws for a router that does not run. */
export type AskNow = (router: string, after: number | undefined) => RouterNow;

/** Serves until the connection ends. */
export function serveNow(connection: NatsConnection, node: string, ask: AskNow): void {
  answerQuestions(connection, nowSubject(node), (question) => {
    const { router, after } = nowQuestionSchema.parse(question);
    return ask(router, after);
  });
}
