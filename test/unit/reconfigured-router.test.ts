/** A running router that is given another configuration: what its ports are asked, what is sent and what is written. */

import { describe, expect, it } from "vitest";
import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import { bodySchemas } from "../../contracts/events/envelope.ts";
import { done } from "../../services/io/outcome.ts";
import { leftoverAddresses } from "../../services/journal/leftover-addresses.ts";
import { networkPorts } from "../../services/network-ports.ts";
import type { RouterPorts } from "../../services/ports.ts";
import { startVirtualRouter } from "../../services/virtual-router.ts";
import { exampleRouter, fakeClock, fakePorts, fakeRecorder } from "../support/fake-ports.ts";

const virtualAddress = (address: string) => ({
  address,
  prefixLength: address.includes(":") ? 128 : 32,
  interface: "eth0",
});

/** A backup on the real way out, which ends in lists. */
function backupRouter(config: VirtualRouterConfig) {
  const [timers, recorder, clock] = [fakePorts(), fakeRecorder(), fakeClock()];
  const sent: string[] = [];
  const expected: string[] = [];
  const ways = networkPorts({
    announcer: {
      sendFrame: (_index, frame) => {
        sent.push(`announce ${Buffer.from(frame).toString("hex")}`);
        return done;
      },
    },
    links: {
      link: (name) => ({ interface: name, index: 7, state: "up", hardwareAddress: "02:00:00:00:00:03" }),
    },
    segment: () => ({
      source: () => (config.family === "ipv4" ? "10.10.10.11" : "fe80::11"),
      socket: () => ({
        send: (payload) => {
          sent.push(`advert ${Buffer.from(payload).toString("hex")}`);
          return done;
        },
      }),
    }),
    install: (addresses) => {
      sent.push(`install ${addresses.map(({ address }) => address).join(" ")}`);
      return [];
    },
    expect: (addresses) => expected.push(...addresses.map(({ address }) => address)),
  });
  const withdrawn: string[] = [];
  const ports: RouterPorts = {
    ...timers,
    ...ways,
    withdrawAddresses: (router, addresses = router.addresses) => {
      withdrawn.push(...addresses.map(({ address }) => address));
      return done;
    },
  };
  const router = startVirtualRouter({
    config,
    ports,
    recorder,
    clock,
    onRecord: () => undefined,
    onUnrecorded: (error) => {
      throw new Error(error);
    },
    onCrash: (error) => {
      throw new Error(error);
    },
  });
  const at = clock.monotonic();
  router.dispatch({ type: "link.changed", at, interface: "eth0", state: "up" });
  router.dispatch({ type: "primaryAddress.changed", at, address: "10.10.10.11" });
  router.dispatch({ type: "router.started", at });
  const expire = (timer: "activeDownTimer" | "adverTimer") => {
    const armed = timers.armed.get(timer);
    if (armed === undefined) throw new Error(`${timer} is not armed`);
    clock.set(armed.dueAt);
    router.dispatch({ type: `${timer}.expired`, at: clock.monotonic(), ...armed });
  };
  return { router, recorder, sent, withdrawn, expected, expire };
}

function activeRouter(config: VirtualRouterConfig) {
  const running = backupRouter(config);
  running.expire("activeDownTimer");
  running.sent.length = 0;
  return running;
}

const ipv6Router: VirtualRouterConfig = {
  ...exampleRouter,
  family: "ipv6",
  version: 3,
  advertisementInterval: 100,
  authentication: { type: "none" },
  addresses: [virtualAddress("fe80::1")],
};

describe("an active router that is given other addresses", () => {
  it("R3-8.1.2-05, RM-09: installs and announces what is new, withdraws what is gone, and tells both in its next advert", () => {
    const { router, sent, withdrawn, expected, expire } = activeRouter(exampleRouter);
    const addresses = ["10.10.10.115", "10.10.10.116"].map(virtualAddress);
    router.reconfigure({ ...exampleRouter, addresses });
    const arp = (address: string) =>
      `announce ffffffffffff02000000000308060001080006040001020000000003${address}ffffffffffff${address}`;
    const round = [arp("0a0a0a73"), arp("0a0a0a74")];
    expect(sent).toEqual([
      "install 10.10.10.115 10.10.10.116",
      ...Array.from({ length: 5 }, () => round).flat(),
    ]);
    expect(withdrawn).toEqual(["10.10.10.114"]);
    expect(expected).toContain("10.10.10.116");
    sent.length = 0;
    expire("adverTimer");
    expect(sent[0]).toMatch(/^advert 213333020103.{4}0a0a0a730a0a0a743131313100000000$/u);
    expect(sent[1]).toBe("install 10.10.10.115 10.10.10.116");
  });

  it("R3-8.2.2-05: announces a new IPv6 address with an unsolicited advertisement from itself", () => {
    const { router, sent } = activeRouter(ipv6Router);
    router.reconfigure({ ...ipv6Router, addresses: ["fe80::1", "fd00::51"].map(virtualAddress) });
    expect(sent[0]).toBe("install fd00::51");
    expect(sent).toHaveLength(1 + 5);
    for (const frame of sent.slice(1)) {
      expect(frame).toMatch(/^announce 333300000001020000000003 ?86dd/u);
      expect(frame).toContain("fd000000000000000000000000000051ff0200000000000000000000000000018800");
    }
  });

  it("R3-7.2-01: a change of priority and interval is in the next advert", () => {
    const { router, sent, expire } = activeRouter(ipv6Router);
    router.reconfigure({ ...ipv6Router, priority: 77, advertisementInterval: 400 });
    sent.length = 0;
    expire("adverTimer");
    expect(sent[0]).toMatch(/^advert 31334d01 ?0190/u);
  });

  it("writes down what is installed since, so that the next start knows what to remove", () => {
    const { router, recorder } = activeRouter(exampleRouter);
    router.reconfigure({ ...exampleRouter, addresses: ["10.10.10.114", "10.10.10.115"].map(virtualAddress) });
    router.reconfigure({ ...exampleRouter, addresses: [virtualAddress("10.10.10.115")] });
    const effects = recorder.records.filter((record) => record.class === "effect");
    expect(effects.map(({ body }) => bodySchemas.effect.parse(body))).toEqual([
      { effect: "addresses.install", ok: true, addresses: ["10.10.10.114/32@eth0"] },
      { effect: "addresses.install", ok: true, addresses: ["10.10.10.115/32@eth0"] },
      { effect: "addresses.withdraw", ok: true, addresses: ["10.10.10.114/32@eth0"] },
    ]);
    expect(leftoverAddresses(recorder.records)).toEqual(["10.10.10.115/32@eth0"]);
  });
});

describe("reconfigure", () => {
  it("is refused for another router: interface, family, VRID, version and virtual MAC stay", () => {
    const { router } = activeRouter(exampleRouter);
    const others: readonly Partial<VirtualRouterConfig>[] = [
      { name: "VI_2" },
      { interface: "eth1" },
      { virtualRouterId: 52 },
      { version: 3 },
      { family: "ipv6" },
      { virtualMac: { interface: "vrrp.51", advertsOnParent: true } },
    ];
    for (const other of others)
      expect(() => router.reconfigure({ ...exampleRouter, ...other })).toThrow(TypeError);
    expect(router.config).toBe(exampleRouter);
  });

  it("RA-7.1-02: leaves no password in what is written down", () => {
    const { router, recorder } = backupRouter(exampleRouter);
    const password = [...Buffer.from("swordfsh")];
    router.reconfigure({ ...exampleRouter, priority: 255, authentication: { type: "pass", password } });
    const [, transition] = recorder.records;
    expect(bodySchemas.transition.parse(transition?.body).cause).toMatchObject({
      type: "parameters.changed",
    });
    expect(JSON.stringify(recorder.records)).not.toContain(password.join());
    expect(router.config.authentication).toEqual({ type: "pass", password });
  });
});
