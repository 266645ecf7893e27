/** keepalived's phrases, exactly: log scrapers written for it read our log. */

import { describe, expect, it } from "vitest";
import type { Fact } from "../../contracts/events/facts.ts";
import type { EventClass } from "../../contracts/events/subjects.ts";
import { centiseconds, microseconds } from "../../contracts/units.ts";
import { recordTransition } from "../../machines/record.ts";
import { initialMemory } from "../../machines/steps.ts";
import { keepalivedPhrases } from "../../services/log/phrases.ts";
import { fakeRecorder } from "../support/fake-ports.ts";
import { parameters } from "../support/router-script.ts";

const at = microseconds(1);
const started: Fact = { type: "router.started", at };

function phrases(eventClass: EventClass, body: unknown): string[] {
  return keepalivedPhrases(fakeRecorder().append({ router: "VI_1", key: null, class: eventClass, body, at }));
}

function transitionPhrases(
  change: Parameters<typeof recordTransition>[2],
  fact: Fact = started,
  faults: string[] = [],
): string[] {
  const memory = { ...initialMemory(parameters()), faults };
  const [effect] = recordTransition(memory, fact, change).effects;
  return effect?.type === "transition.record" ? phrases("transition", effect.transition) : [];
}

describe("transitions", () => {
  it("start", () => {
    const change = { from: "initialize", to: "backup", reason: "startup", lastEvent: "startup" } as const;
    expect(transitionPhrases(change)).toEqual(["(VI_1) Entering BACKUP STATE (init)"]);
  });

  it("takeover", () => {
    const change = {
      from: "backup",
      to: "active",
      reason: "noResponse",
      lastEvent: "activeTimeout",
    } as const;
    expect(transitionPhrases(change)).toEqual(["(VI_1) Entering MASTER STATE"]);
  });

  it("giving way to a higher priority and to a higher address", () => {
    const heard = {
      type: "advert.received",
      at,
      source: "10.0.0.9",
      advertisementInterval: centiseconds(300),
    } as const;
    const change = { from: "active", to: "backup", lastEvent: "higherPriorityBackup" } as const;
    expect(transitionPhrases({ ...change, reason: "higherPriority" }, { ...heard, priority: 120 })).toEqual([
      "(VI_1) Master received advert from 10.0.0.9 with higher priority 120, ours 50",
      "(VI_1) Entering BACKUP STATE",
    ]);
    expect(transitionPhrases({ ...change, reason: "higherAddress" }, { ...heard, priority: 50 })).toEqual([
      "(VI_1) Master received advert from 10.0.0.9 with same priority 50 but higher IP address than ours",
      "(VI_1) Entering BACKUP STATE",
    ]);
  });

  it("fault with its reasons", () => {
    const change = {
      from: "active",
      to: "fault",
      reason: "faultRaised",
      lastEvent: "interfaceDown",
    } as const;
    const faults = ["interface eth0 is down", "no IPv4 address on interface eth0"];
    expect(transitionPhrases(change, started, faults)).toEqual([
      "(VI_1): entering FAULT state (interface eth0 down)",
      "(VI_1) entering FAULT state (no IPv4 address for interface)",
      "(VI_1) Entering FAULT STATE",
    ]);
  });

  it("stop of the active router", () => {
    const change = { from: "active", to: "initialize", reason: "shutdown", lastEvent: "shutdown" } as const;
    expect(transitionPhrases(change)).toEqual(["(VI_1) sent 0 priority"]);
  });
});

describe("refused adverts", () => {
  const rejection = { source: "10.0.0.9", detail: "", accepted: false, count: 1 };
  it.each([
    [{ name: "authentication" }, ["(VI_1) received an invalid passwd!"]],
    [
      { name: "authentication", detail: "the digest is wrong: the password differs" },
      ["(VI_1) IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !"],
    ],
    [
      { name: "authentication", received: 7, expected: 10 },
      ["(VI_1) IPSEC-AH : sequence number 7 already processed. Packet dropped. Local(9)"],
    ],
    [
      { name: "interval", received: 100, expected: 300 },
      ["(VI_1) advertisement interval mismatch mine=3 sec rcv'd=1 sec"],
    ],
    [
      { name: "authenticationTypeMismatch", received: 1, expected: 0 },
      ["(VI_1) received a 1 auth, expecting 0!"],
    ],
    [{ name: "version", received: 2, expected: 3 }, ["(VI_1) wrong version. Received 2 and expect 3"]],
    [{ name: "checksum" }, []],
  ])("%j", (fields, expected) => {
    expect(phrases("rejection", { ...rejection, ...fields })).toEqual(expected);
  });
});
