/** The event streams that a server lists: a stream that it knows by name alone is not passed over. */

import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { expect, it } from "vitest";
import { findNodeStreams } from "../../services/client/streams.ts";

/** A server in a cluster lists, of the streams whose names it knows, those that have a leader. */
function managerOf(names: readonly string[], listed: readonly string[]): JetStreamManager {
  const info = (name: string) => ({ config: { name, subjects: [] } }) as unknown as StreamInfo;
  const streams = { names: () => each(names), list: () => each(listed.map(info)) };
  return { streams } as unknown as JetStreamManager;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const [a, b] = ["EV_A_0a0a0a0a", "EV_B_0b0b0b0b"];

it("all that the server has a name for are found, of one node or of all", async () => {
  const manager = managerOf([a, b, "KV_VRRP_STATE"], [b, a, "KV_VRRP_STATE"]);
  expect((await findNodeStreams(manager)).map(({ name }) => name)).toEqual([b, a]);
  expect((await findNodeStreams(manager, "A")).map(({ name }) => name)).toEqual([a]);
});

it("a stream without a leader is an error, where it is asked for, and no empty history", async () => {
  const manager = managerOf([a, b, "KV_VRRP_STATE"], [a]);
  await expect(findNodeStreams(manager)).rejects.toThrow(`cannot say now what is in ${b}`);
  await expect(findNodeStreams(manager, "B")).rejects.toThrow(`cannot say now what is in ${b}`);
  expect((await findNodeStreams(manager, "A")).map(({ name }) => name)).toEqual([a]);
});
