/** What each user of the daemon's own nats-server may do, and that it may do nothing else. Needs nats-server. */

import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AckPolicy, DeliverPolicy, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startServer } from "../../services/bus/server.ts";
import { parseNatsUrl } from "../../services/client/address.ts";
import { connectOnce } from "../../services/client/connect.ts";
import { createConsumer, openConsumer } from "../../services/client/consumers.ts";
import { pullOne } from "../../services/client/pull.ts";
import type { NatsRole } from "../../services/client/roles.ts";
import { monotonic } from "../../services/io/clock.ts";
import type { Journal } from "../../services/journal/journal.ts";
import { createEventNode, type EventNode, isLive, isReady, patience } from "../support/event-node.ts";

let node: EventNode;
let journal: Journal;
let admin: NatsConnection;
let manager: JetStreamManager;
let stream: string;

async function connectAs(role: NatsRole): Promise<NatsConnection> {
  const connected = await connectOnce(node.addressOf(role), "test");
  if (!connected.ok) throw new Error(connected.error);
  node.endings.push(() => connected.value.close());
  return connected.value;
}

beforeEach(async () => {
  node = await createEventNode();
  journal = node.openJournal();
  const draft = { router: "VI_1", key: null, class: "transition", body: {} } as const;
  for (let count = 0; count < 3; count += 1) journal.append({ ...draft, at: monotonic() });
  const server = node.startServer();
  const bus = node.startBus(journal);
  await isReady(server);
  await isLive(bus);
  stream = bus.status().stream;
  admin = await connectAs("admin");
  manager = await jetstreamManager(admin, { checkAPI: false });
});

afterEach(() => node.end());

const stored = async () => (await manager.streams.info(stream)).state.messages;
const denied = /permissions violation/iu;

/** A publish that is refused closes nothing; the refusal comes as a status of the connection. */
async function refusalOf(connection: NatsConnection, act: () => void): Promise<string> {
  const told = new Promise<string>((resolve) => {
    void (async () => {
      for await (const status of connection.status()) {
        if (status.type === "error") return resolve(status.error.message);
      }
    })();
  });
  act();
  await connection.flush();
  return told;
}

const request = (connection: NatsConnection, subject: string, body = "") =>
  connection.request(subject, body, { timeout: 1000 });

describe("who has no key", () => {
  test("is not let in, and who has another's is not either", async () => {
    const nobody = parseNatsUrl(node.url);
    expect(nobody.ok && (await connectOnce(nobody.value, "nobody"))).toMatchObject({
      error: expect.stringMatching(/authorization violation/iu),
    });
    const other = await createEventNode("other");
    const stranger = parseNatsUrl(node.url, { key: other.keyOf("admin") });
    expect(stranger.ok && (await connectOnce(stranger.value, "stranger"))).toMatchObject({ ok: false });
    await other.end();
  });

  test("cannot read one: the files are of their owner alone", () => {
    for (const role of ["admin", "daemon", "reader", "handler"] as const) {
      expect((statSync(node.keyOf(role)).mode & 0o777).toString(8)).toBe("400");
    }
    expect((statSync(join(node.directory, "bus", "keys")).mode & 0o777).toString(8)).toBe("700");
  });
});

describe("the daemon", () => {
  test("writes events and states of its own node, and of no other", async () => {
    const daemon = await connectAs("daemon");
    expect((await request(daemon, "vrrp.v1.ev.n1.VI_1.transition")).json()).toMatchObject({ stream });
    for (const subject of ["vrrp.v1.ev.n2.VI_1.transition", "$KV.VRRP_STATE.n2.VI_1", "vrrp.v1.api.now.n1"]) {
      await expect(request(daemon, subject)).rejects.toThrow(denied);
    }
  });

  test("neither makes nor removes streams, nor empties one", async () => {
    const daemon = await jetstreamManager(await connectAs("daemon"), { checkAPI: false });
    await expect(daemon.streams.delete(stream)).rejects.toThrow(denied);
    await expect(daemon.streams.purge(stream)).rejects.toThrow(denied);
    await expect(daemon.streams.add({ name: "X", subjects: ["x"] })).rejects.toThrow(denied);
    expect(await stored()).toBe(3);
  });
});

describe.each(["reader", "handler"] as const)("a %s", (role) => {
  test("reads history, states and what happens", async () => {
    const connection = await connectAs(role);
    const own = await jetstreamManager(connection, { checkAPI: false });
    expect((await own.streams.info(stream)).state.messages).toBe(3);
    expect((await own.streams.getMessage(stream, { seq: 2 }))?.json()).toMatchObject({ position: 2 });
    expect((await own.direct.getMessage(stream, { seq: 3 }))?.json()).toMatchObject({ position: 3 });
    const start = { deliver_policy: DeliverPolicy.All } as const;
    const { name, pending } = await openConsumer(connection, own, { stream, start });
    expect(pending).toBe(3);
    const message = await pullOne(connection, { stream, consumer: name }, new AbortController().signal);
    expect(JSON.parse(message?.text ?? "")).toMatchObject({ position: 1 });
    const heard: string[] = [];
    connection.subscribe("vrrp.v1.ev.>", { callback: (_, { subject }) => void heard.push(subject) });
    await connection.flush();
    journal.append({ router: "VI_2", key: null, class: "fault", body: {}, at: monotonic() });
    await vi.waitUntil(() => heard.length > 0, patience);
    expect(heard).toEqual(["vrrp.v1.ev.n1.VI_2.fault"]);
  });

  test("writes no event and no state, and touches no stream", async () => {
    const connection = await connectAs(role);
    const own = await jetstreamManager(connection, { checkAPI: false });
    for (const subject of ["vrrp.v1.ev.n1.VI_1.transition", "$KV.VRRP_STATE.n1.VI_1"]) {
      await expect(request(connection, subject)).rejects.toThrow(denied);
    }
    await expect(own.streams.delete(stream)).rejects.toThrow(denied);
    await expect(own.streams.purge(stream)).rejects.toThrow(denied);
    await expect(own.streams.deleteMessage(stream, 1)).rejects.toThrow(denied);
    await expect(own.consumers.delete(stream, "any")).rejects.toThrow(denied);
    expect(await stored()).toBe(3);
  });

  test("makes no consumer itself, so that none can send its events on as others", async () => {
    const connection = await connectAs(role);
    const own = await jetstreamManager(connection, { checkAPI: false });
    const forging = { name: "forge", deliver_subject: "vrrp.v1.ev.n1.VI_1.forged" };
    await expect(own.consumers.add(stream, forging)).rejects.toThrow(denied);
    for (const subject of [
      `$JS.API.CONSUMER.CREATE.${stream}`,
      `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.x`,
    ]) {
      await expect(request(connection, subject, JSON.stringify({ stream_name: stream }))).rejects.toThrow(
        denied,
      );
    }
    const asked = { stream, start: { deliver_policy: "all" }, deliver_subject: "vrrp.v1.ev.n1.VI_1.forged" };
    const answer = await request(connection, "vrrp.v1.api.consumer", JSON.stringify(asked));
    expect(answer.json()).toMatchObject({ error: expect.stringMatching(/deliver_subject/u) });
    expect(await stored()).toBe(3);
  });

  test("has no answer to a question of its own stored as an event", async () => {
    const connection = await connectAs(role);
    const { name } = await createConsumer(manager, { stream, start: { deliver_policy: DeliverPolicy.All } });
    const reply = "vrrp.v1.ev.n1.VI_1.forged";
    const questions: [string, string][] = [
      ["$JS.API.INFO", ""],
      [`$JS.API.STREAM.INFO.${stream}`, ""],
      [`$JS.API.STREAM.MSG.GET.${stream}`, '{"seq":1}'],
      [`$JS.API.DIRECT.GET.${stream}`, '{"seq":1}'],
      [`$JS.API.CONSUMER.INFO.${stream}.${name}`, ""],
      [`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, ""],
      ["vrrp.v1.api.consumer", "{}"],
      ["vrrp.v1.api.now.n1", '{"router":"VI_1"}'],
    ];
    for (const [subject, body] of questions) connection.publish(subject, body, { reply });
    await connection.flush();
    // What comes back to us was asked behind all of them.
    await request(connection, `$JS.API.STREAM.INFO.${stream}`);
    await request(connection, "vrrp.v1.api.consumer", "{}");
    expect((await request(connection, "vrrp.v1.api.now.n1", '{"router":"VI_1"}')).json()).toEqual({
      error: "no router of n1 is called VI_1",
    });
    expect(await stored()).toBe(3);
    // Who is in the account of the events has: it is the account that keeps the others from it.
    admin.publish("$JS.API.INFO", "", { reply });
    await vi.waitUntil(async () => (await stored()) === 4, patience);
  });

  test("does not hear the answers of another", async () => {
    const connection = await connectAs(role);
    const told = await refusalOf(connection, () => void connection.subscribe("_INBOX_admin.>"));
    expect(told).toMatch(denied);
    expect(await refusalOf(connection, () => void connection.subscribe(">"))).toMatch(denied);
  });
});

describe("a durable consumer", () => {
  test("is a handler's: a reader neither makes one nor acknowledges for one", async () => {
    const handler = await connectAs("handler");
    const reader = await connectAs("reader");
    const wanted = { stream, durable: "notify_VI_1", start: { deliver_policy: DeliverPolicy.All } } as const;
    await expect(
      openConsumer(reader, await jetstreamManager(reader, { checkAPI: false }), wanted),
    ).rejects.toThrow(denied);
    await openConsumer(handler, await jetstreamManager(handler, { checkAPI: false }), wanted);
    const message = await pullOne(handler, { stream, consumer: "notify_VI_1" }, new AbortController().signal);
    const info = () => manager.consumers.info(stream, "notify_VI_1");
    expect((await info()).num_ack_pending).toBe(1);
    const acknowledgement = `$JS.ACK.${stream}.notify_VI_1.1.1.1.1.2`;
    await expect(request(reader, acknowledgement, "+ACK")).rejects.toThrow(denied);
    await message?.acknowledge();
    expect(await info()).toMatchObject({ num_ack_pending: 0, ack_floor: { stream_seq: 1 } });
  });
});

describe("the store of a former daemon, which had no users", () => {
  test("is taken over: its events, and what its handlers had acknowledged", async () => {
    const former = await createEventNode("n9");
    const path = join(former.directory, "former.conf");
    mkdirSync(join(former.directory, "bus"), { recursive: true });
    const store = JSON.stringify(join(former.directory, "bus", "store"));
    writeFileSync(
      path,
      `listen: "127.0.0.1:${former.port}"\njetstream { store_dir: ${store}, domain: "n9" }\n`,
    );
    const place = {
      node: "n9",
      directory: join(former.directory, "bus"),
      host: "127.0.0.1",
      port: former.port,
    };
    const old = startServer({ ...place, configuration: path, onStatus: () => undefined });
    const address = parseNatsUrl(former.url);
    const connected = await vi.waitUntil(async () => {
      const outcome = address.ok ? await connectOnce(address.value, "former") : undefined;
      return outcome?.ok === true ? outcome.value : undefined;
    }, patience);
    const before = await jetstreamManager(connected);
    await before.streams.add({ name: "EV_n9_00000000", subjects: ["vrrp.v1.retired.x"] });
    await before.consumers.add("EV_n9_00000000", {
      durable_name: "notify_VI_1",
      ack_policy: AckPolicy.Explicit,
    });
    for (let count = 0; count < 3; count += 1) await connected.request("vrrp.v1.retired.x", "event");
    const signal = new AbortController().signal;
    const message = await pullOne(connected, { stream: "EV_n9_00000000", consumer: "notify_VI_1" }, signal);
    await message?.acknowledge();
    await connected.close();
    await old.stop();
    await isReady(former.startServer());
    const after = await connectOnce(former.addressOf("admin"), "test");
    if (!after.ok) throw new Error(after.error);
    const taken = await jetstreamManager(after.value, { checkAPI: false });
    expect((await taken.streams.info("EV_n9_00000000")).state.messages).toBe(3);
    expect((await taken.consumers.info("EV_n9_00000000", "notify_VI_1")).ack_floor.stream_seq).toBe(1);
    await after.value.close();
    await former.end();
  });
});
