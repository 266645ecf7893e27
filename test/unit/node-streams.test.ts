/** The event streams that a server has: one that it knows by name alone is not passed over. */

import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { JetStreamApiError } from "@nats-io/jetstream";
import { expect, it } from "vitest";
import { findNodeStreams } from "../../services/client/streams.ts";

const [a, b, state] = ["EV_A_0a0a0a0a", "EV_B_0b0b0b0b", "KV_VRRP_STATE"];

/** A server that knows all the names, and says of some streams what is in them; of others why not. */
function managerOf(streams: Readonly<Record<string, StreamInfo | number>>): JetStreamManager {
  const info = async (name: string) => {
    const answer = streams[name];
    if (typeof answer === "object") return answer;
    throw new JetStreamApiError({ code: 503, err_code: answer ?? 0, description: `error ${answer}` });
  };
  return { streams: { names: () => each(Object.keys(streams)), info } } as unknown as JetStreamManager;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function infoOf(name: string): StreamInfo {
  return { config: { name, subjects: [] } } as unknown as StreamInfo;
}

const noLeader = 10008;
const notFound = 10059;

it("all that the server has a name for are found, of one node or of all", async () => {
  const manager = managerOf({ [a]: infoOf(a), [b]: infoOf(b), [state]: infoOf(state) });
  expect((await findNodeStreams(manager)).map(({ name }) => name)).toEqual([a, b]);
  expect((await findNodeStreams(manager, "A")).map(({ name }) => name)).toEqual([a]);
});

it("a stream without a leader is an error, where it is asked for, and no empty history", async () => {
  const manager = managerOf({ [a]: infoOf(a), [b]: noLeader });
  await expect(findNodeStreams(manager)).rejects.toThrow("error 10008");
  await expect(findNodeStreams(manager, "B")).rejects.toThrow("error 10008");
  expect((await findNodeStreams(manager, "A")).map(({ name }) => name)).toEqual([a]);
  expect((await findNodeStreams(manager, undefined, (name) => name === b)).map(({ name }) => name)).toEqual([
    a,
  ]);
});

it("a stream that goes while it is asked for is none", async () => {
  const manager = managerOf({ [a]: infoOf(a), [b]: notFound });
  expect((await findNodeStreams(manager)).map(({ name }) => name)).toEqual([a]);
});
