/** Packets on their way to a running router: what they may touch, in which order they fail, and what is told of them. */

import { describe, expect, it } from "vitest";
import type { Authentication } from "../../contracts/config/schema.ts";
import { bodySchemas } from "../../contracts/events/envelope.ts";
import { type RejectionName, rejectionNames } from "../../contracts/events/rejections.ts";
import { centiseconds } from "../../contracts/units.ts";
import { encodeAdvertisement } from "../../contracts/wire/advertisement.ts";
import { authenticationData, equalOctets } from "../../contracts/wire/authentication.ts";
import { receiveAdvertisement } from "../../contracts/wire/validate.ts";
import { arrive, configOf, ipHeaderOf, listeningRouter, payloadOf } from "../conformance/arriving.ts";
import { type Vector, vectors } from "../conformance/checklist.ts";

function vectorOf(id: string): Vector {
  const vector = vectors.find((each) => each.id === id);
  if (vector === undefined) throw new Error(`no vector ${id}`);
  return vector;
}

function arriveVector(vector: Vector) {
  const listening = listeningRouter(configOf(vector), vector.config.local_address);
  const before = listening.footprint();
  const { src: source, dst: destination, ttl, family } = vector;
  const isKnown = arrive([listening.router], {
    payload: payloadOf(vector),
    ipHeader: ipHeaderOf(vector),
    source,
    destination,
    ttl,
    family,
  });
  const rejections = listening.recorder.records.filter((record) => record.class === "rejection");
  return { ...listening, before, isKnown, rejections };
}

const passwordOf = (text: string): Authentication => ({ type: "pass", password: [...Buffer.from(text)] });

function version2(
  password: string,
  change: { virtualRouterId?: number; priority?: number } = {},
): Uint8Array {
  const advert = {
    version: 2,
    virtualRouterId: 51,
    priority: 200,
    advertisementInterval: centiseconds(300),
    addresses: ["10.10.10.114"],
    authenticationType: 1,
    authenticationData: authenticationData(passwordOf(password)),
    ...change,
  } as const;
  return encodeAdvertisement(advert, { source: "192.0.2.2", destination: "224.0.0.18" }, "rfc9568");
}

describe("what a packet may touch", () => {
  it("R3-7.1-11: every refused vector leaves state, memory, timers and ports as they were", () => {
    const refused = vectors.filter(({ expect: wanted, alt }) =>
      [wanted, ...(alt ?? [])].every(({ result }) => result === "discard"),
    );
    expect(refused.length).toBeGreaterThan(50);
    for (const vector of refused) {
      const { footprint, before, router } = arriveVector(vector);
      expect([vector.id, footprint()]).toEqual([vector.id, before]);
      expect(router.statistics()["advertisement-rcvd"]).toBeUndefined();
    }
  });

  it("J-19: every accepted vector counts as received once", () => {
    const accepted = vectors.filter(({ expect: wanted, alt }) =>
      [wanted, ...(alt ?? [])].every(({ result }) => result === "accept"),
    );
    expect(accepted.length).toBeGreaterThan(15);
    for (const vector of accepted) {
      expect([vector.id, arriveVector(vector).router.statistics()["advertisement-rcvd"]]).toEqual([
        vector.id,
        1,
      ]);
    }
  });

  it("R3-7.1-06: an advert for a VRID of another interface, or of none, reaches no router", () => {
    for (const id of ["V043", "V044"]) {
      const { isKnown, footprint, before } = arriveVector(vectorOf(id));
      expect(isKnown).toBe(false);
      expect(footprint()).toEqual(before);
    }
    const { router, footprint } = listeningRouter({});
    const before = footprint();
    expect(arrive([router], { payload: version2("1111"), interface: "eth1" })).toBe(false);
    expect(footprint()).toEqual(before);
    expect(arrive([router], { payload: version2("1111") })).toBe(true);
    expect(router.statistics()).toEqual({ "advertisement-rcvd": 1 });
  });
});

describe("one VRID in both families", () => {
  it("R3-3-01: V072, a resignation over IPv6, concerns the IPv6 router alone", () => {
    const vector = vectorOf("V072");
    const ipv6 = listeningRouter(configOf(vector), vector.config.local_address);
    const ipv4 = listeningRouter({ version: 3 });
    const before = ipv4.footprint();
    const { src: source, dst: destination } = vector;
    arrive([ipv4.router, ipv6.router], { payload: payloadOf(vector), source, destination, family: "ipv6" });
    expect(ipv4.footprint()).toEqual(before);
    expect(ipv4.router.statistics()).toEqual({});
    expect(ipv6.router.statistics()["priority-zero-pkts-rcvd"]).toBe(1);
    expect(ipv6.router.memory().resignationHeard).toBe(true);
  });
});

describe("the order of the ladder", () => {
  /** In the order of vrrp-conformance 2.6; checksumForm is a remark and no rung, two rungs are for unicast alone. */
  const rungs = rejectionNames.filter((name) => !["checksumForm", "destination", "peer"].includes(name));

  /** What comes of a packet in which all of these are wrong. */
  function refusal(wrong: readonly RejectionName[]): string {
    const is = (name: RejectionName) => wrong.includes(name);
    const path = { source: is("ownPacket") ? "192.0.2.3" : "192.0.2.2", destination: "224.0.0.18" };
    const type = is("authenticationTypeInvalid") ? 3 : is("authenticationTypeMismatch") ? 0 : 1;
    const octets = encodeAdvertisement(
      {
        version: 2,
        virtualRouterId: 51,
        priority: 200,
        advertisementInterval: centiseconds(is("interval") ? 200 : 100),
        addresses: [is("addressList") ? "192.0.2.99" : "192.0.2.1"],
        authenticationType: type,
        authenticationData: authenticationData(passwordOf(is("authentication") ? "wrong" : "right")),
      },
      path,
      "rfc9568",
    );
    if (is("checksum")) octets[6] = (octets[6] ?? 0) ^ 1;
    octets[0] = ((is("version") ? 4 : 2) << 4) | (is("type") ? 2 : 1);
    const payload = is("length") ? Uint8Array.from([...octets, 0]) : octets;
    const received = receiveAdvertisement(
      { ...path, payload, ttl: is("ttl") ? 254 : 255, family: "ipv4" },
      () =>
        is("vrid")
          ? undefined
          : {
              version: 2,
              priority: is("owner") ? 255 : 100,
              advertisementInterval: centiseconds(100),
              authentication: passwordOf("right"),
              addresses: ["192.0.2.1"],
              primaryAddress: "192.0.2.3",
              checksum: "rfc9568",
              ownChecksum: "rfc9568",
              ownerDropsAdverts: true,
            },
    );
    return received.accepted ? "accepted" : received.refusal.name;
  }

  it("everything wrong, then one thing less at a time: each rung in turn names the refusal", () => {
    expect(rungs.map((_, index) => refusal(rungs.slice(index)))).toEqual(rungs);
    expect(refusal([])).toBe("accepted");
  });

  it("each thing wrong by itself names itself", () => {
    expect(rungs.map((rung) => refusal([rung]))).toEqual(rungs);
  });
});

describe("a router with unicast peers", () => {
  const near = { address: "10.10.10.13", minimumTtl: 254, maximumTtl: 254 };
  const unicast = {
    peers: [{ address: "10.10.10.12", minimumTtl: 0, maximumTtl: 255 }, near],
    onlyFromPeers: true,
    ttl: 255,
  };
  const heard = (packet: { source?: string; destination?: string; ttl?: number }) => {
    const { router } = listeningRouter({ unicast });
    arrive([router], { payload: version2("1111"), destination: "10.10.10.11", ...packet });
    return router.statistics();
  };

  it("takes an advert of a peer from any distance (keepalived 2.8)", () => {
    expect(heard({ source: "10.10.10.12", ttl: 3 })).toEqual({ "advertisement-rcvd": 1 });
  });

  it("takes an advert of a peer with bounds from within them only", () => {
    expect(heard({ source: "10.10.10.13", ttl: 254 })).toEqual({ "advertisement-rcvd": 1 });
    for (const ttl of [0, 253, 255])
      expect(heard({ source: "10.10.10.13", ttl })).toEqual({ "ip-ttl-errors": 1 });
  });

  it("refuses somebody else, and the multicast group", () => {
    expect(heard({ source: "10.10.10.99" })).toEqual({ peer: 1 });
    expect(heard({ source: "10.10.10.12", destination: "224.0.0.18", ttl: 255 })).toEqual({ destination: 1 });
  });
});

describe("what is told of it", () => {
  it("RM-05: V018, V022, V050: address list, interval and length are events with interface and VRID", () => {
    const told = ["V018", "V022", "V050"].map((id) => {
      const { rejections } = arriveVector(vectorOf(id));
      return rejections.map(({ key, body }) => {
        const { name, accepted } = bodySchemas.rejection.parse(body);
        return `${key?.interface} ${key?.virtualRouterId} ${name} ${accepted ? "accepted" : "refused"}`;
      });
    });
    expect(told).toEqual([
      ["eth0 51 addressList accepted"],
      ["eth0 51 interval accepted"],
      ["eth0 51 length refused"],
    ]);
  });

  it("R3-8.3.2-01: an owner that hears another owner a thousand times tells of it once", () => {
    const { router, recorder, clock } = listeningRouter({ priority: 255 });
    const first = clock.monotonic();
    for (let heard = 0; heard < 1000; heard++) {
      clock.set(first + heard * 10_000);
      arrive([router], { payload: version2("1111", { priority: 255 }) });
    }
    const events = recorder.records.filter((record) => record.class === "rejection");
    expect(events.map(({ body }) => bodySchemas.rejection.parse(body).detail)).toEqual([
      "priority 255 heard by the address owner",
    ]);
    expect(router.statistics()["owner"]).toBe(1000);
    expect(router.state()).toBe("active");
  });
});

describe("passwords", () => {
  it("RA-6.1.1-01: two virtual routers of one interface have a password each", () => {
    const one = listeningRouter({ virtualRouterId: 51, authentication: passwordOf("1111") });
    const other = listeningRouter({ virtualRouterId: 52, authentication: passwordOf("2222") });
    const routers = [one.router, other.router];
    for (const virtualRouterId of [51, 52]) {
      for (const password of ["1111", "2222"]) {
        arrive(routers, { payload: version2(password, { virtualRouterId }) });
      }
    }
    const counters = { "advertisement-rcvd": 1, vrrpStatsAuthFailures: 1 };
    expect(routers.map((router) => router.statistics())).toEqual([counters, counters]);
  });

  it("RA-7.1-02: neither the password received nor the one configured is in what is written down", () => {
    const { router, recorder } = listeningRouter({ authentication: passwordOf("swordfsh") });
    arrive([router], { payload: version2("mistaken") });
    expect(recorder.records.at(-1)?.class).toBe("rejection");
    const written = JSON.stringify(recorder.records);
    for (const password of ["swordfsh", "mistaken"]) {
      expect(written).not.toContain(password);
      expect(written).not.toContain([...Buffer.from(password)].join());
    }
  });

  it("RA-7.1-02: all eight octets are compared, wherever the first difference is", () => {
    const known = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
    for (let position = 0; position < 8; position++) {
      const other = Uint8Array.from(known);
      other[position] = 0;
      let reads = 0;
      const watched = new Proxy(other, {
        get(target, key) {
          if (/^\d$/u.test(String(key))) reads++;
          return Reflect.get(target, key, target);
        },
      });
      expect(equalOctets(watched, known)).toBe(false);
      expect(reads).toBe(8);
    }
  });
});
