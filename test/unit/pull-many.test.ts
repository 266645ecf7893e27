/** Many messages of one request: copies are passed over and do not count, a gap is an error. */

import type { NatsConnection } from "@nats-io/transport-node";
import { expect, it } from "vitest";
import { pullMany } from "../../services/client/pull-many.ts";

interface Answer {
  readonly subject: string;
  readonly reply?: string;
  readonly headers?: { readonly code: number; readonly description: string };
  string(): string;
}

/** `sequence` in the stream, the `delivery`-th message of the consumer. */
function message(sequence: number, delivery: number): Answer {
  const reply = `$JS.ACK.EV_a.c1.1.${sequence}.${delivery}.1795417814093852000.0`;
  return { subject: "vrrp.v1.ev.a.VI_1.transition", reply, string: () => `record ${sequence}` };
}

function status(code: number, description: string): Answer {
  return { subject: "_INBOX.1", headers: { code, description }, string: () => "" };
}

/** A server that has these answers for one request. */
function connectionWith(answers: readonly Answer[]): { connection: NatsConnection; asked: unknown[] } {
  const asked: unknown[] = [];
  const connection = {
    subscribe: () => ({ unsubscribe: () => undefined, [Symbol.asyncIterator]: () => each(answers) }),
    publish: (subject: string, request: string) => void asked.push(subject, JSON.parse(request)),
  };
  return { connection: connection as unknown as NatsConnection, asked };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function pulled(answers: readonly Answer[], behind = 0, batch = 3): Promise<string[]> {
  const { connection } = connectionWith(answers);
  const request = { stream: "EV_a", consumer: "c1", batch, expires: 1000 };
  const told: string[] = [];
  for await (const { text, sequence, delivery } of pullMany(
    connection,
    request,
    behind,
    new AbortController().signal,
  ))
    told.push(`${text} ${sequence} ${delivery}`);
  return told;
}

it("asks the consumer for a batch, and tells what comes until the request ends", async () => {
  const { connection, asked } = connectionWith([message(7, 1), status(408, "Request Timeout")]);
  const request = { stream: "EV_a", consumer: "c1", batch: 200, expires: 30_000 };
  const messages = pullMany(connection, request, 0, new AbortController().signal);
  expect((await messages.next()).value).toEqual({
    ...{ subject: "vrrp.v1.ev.a.VI_1.transition", text: "record 7", sequence: 7, delivery: 1 },
  });
  expect((await messages.next()).done).toBe(true);
  expect(asked).toEqual(["$JS.API.CONSUMER.MSG.NEXT.EV_a.c1", { batch: 200, expires: 30_000_000_000 }]);
});

it("a server that gives every answer twice has told each once, and the whole batch", async () => {
  const twice = [1, 2, 3, 4].flatMap((each) => [message(each + 10, each), message(each + 10, each)]);
  expect(await pulled(twice)).toEqual(["record 11 11 1", "record 12 12 2", "record 13 13 3"]);
  expect(await pulled(twice, 3, 1)).toEqual(["record 14 14 4"]);
});

it("a message that is missing, and a consumer that is gone, are errors", async () => {
  await expect(pulled([message(1, 1), message(3, 3)])).rejects.toThrow("a message was lost on the way");
  await expect(pulled([message(1, 1), status(409, "Consumer Deleted")])).rejects.toThrow(
    "the consumer gives no events: Consumer Deleted (409)",
  );
});
