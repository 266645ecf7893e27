/** The bus without a server: addresses, the embedded configuration, the comparison of streams, limits that have to fit together. */

import { readFileSync } from "node:fs";
import type { StreamConfig } from "@nats-io/jetstream";
import { describe, expect, test } from "vitest";
import { embeddedConfiguration } from "../../services/bus/configuration/embedded.ts";
import { headerBytes, streamBytes } from "../../services/bus/limits.ts";
import { compareConfiguration, streamConfiguration } from "../../services/bus/stream.ts";
import { parseNatsUrl } from "../../services/client/address.ts";
import { recordBytes } from "../../services/journal/limits.ts";

describe("a NATS URL", () => {
  test.each([
    ["nats://127.0.0.1:4222", "nats://127.0.0.1:4222"],
    ["nats.example", "nats://nats.example:4222"],
    ["tls://hub:80/", "tls://hub:80"],
    ["nats://[::1]:4333", "nats://[::1]:4333"],
    ["nats://a:1, nats://b:2", "nats://a:1,nats://b:2"],
  ])("%s is understood", (text, shown) => {
    expect(parseNatsUrl(text)).toMatchObject({ ok: true, value: { shown } });
  });

  test("user and password are taken, and not shown", () => {
    expect(parseNatsUrl("nats://joe:s%40t@hub")).toEqual({
      ok: true,
      value: { servers: ["hub:4222"], tls: false, user: "joe", password: "s@t", shown: "nats://hub:4222" },
    });
  });

  test.each([
    "",
    "nats://",
    "http://hub:4222",
    "nats://hub:port",
    "x y",
    "nats://a,,nats://b",
    "nats://hub:99999",
  ])("%j is none, and the error says so", (text) => {
    expect(parseNatsUrl(text)).toEqual({
      ok: false,
      error: `"${text}" is not a NATS URL (expected nats://host:4222)`,
    });
  });

  test("a password is not shown in the error either", () => {
    const outcome = parseNatsUrl("http://joe:secret@hub");
    expect(outcome.ok ? "" : outcome.error).not.toMatch(/secret/u);
  });
});

/** Of seeds that were thrown away. */
const sampleKeys = {
  admin: "UCAAN7BXXGVPBB7CHOUBHRMF5JQSR4JN4BP6NCRQORDV2KJTKYHHXPK2",
  daemon: "UAFBFIE4J57DVCLW6AO7XDLTB3XFS6WZHQ7TP7NR6P42J6OLKRA6RD2W",
  reader: "UDQTMFY5EXR5Q2ML75FJ6T62U4J4UYYQAXEPZQ7M43QC6MINPLI5SC4N",
  handler: "UCDQU4RRPJWQFWTB7THN4XLQYC5ANA4ENMB34K53VZDPOWB2JE2HRM3Z",
};

describe("the embedded server's configuration", () => {
  test("the nats.conf that operators read is the one the daemon writes, with default values", () => {
    const text = embeddedConfiguration({
      node: "node_A",
      host: "127.0.0.1",
      port: 4222,
      storeDirectory: "/var/lib/understudy/nats/store",
      keys: sampleKeys,
    });
    expect(readFileSync(new URL("../../nats.conf", import.meta.url), "utf8")).toBe(text);
  });

  test("a record with its headers fits into a message, and a stream into the store", () => {
    expect(recordBytes + headerBytes).toBeLessThanOrEqual(64 * 1024);
    expect(streamBytes * 2).toBeLessThanOrEqual(512 * 1024 * 1024);
  });
});

describe("the stream", () => {
  test("has the name of its store, the node's subjects, and seven days of duplicate detection", () => {
    expect(streamConfiguration("rtr a", "0a1b2c3d")).toMatchObject({
      name: "EV_rtr_a_0a1b2c3d",
      subjects: ["vrrp.v1.ev.rtr_a.>"],
      duplicate_window: 604_800_000_000_000,
      max_bytes: 201_326_592,
      deny_delete: true,
      deny_purge: true,
      allow_direct: true,
    });
  });

  test("each field that a server left out is named", () => {
    const wanted = streamConfiguration("a", "0a1b2c3d");
    const { allow_direct, ...rest } = wanted;
    expect(compareConfiguration(wanted, wanted as unknown as StreamConfig)).toEqual([]);
    const echoed = { ...rest, duplicate_window: 120_000_000_000 } as unknown as StreamConfig;
    expect(compareConfiguration(wanted, echoed)).toEqual([
      "EV_a_0a1b2c3d has duplicate_window 120000000000, not 604800000000000",
      `EV_a_0a1b2c3d has allow_direct unset, not ${allow_direct}`,
    ]);
  });
});
