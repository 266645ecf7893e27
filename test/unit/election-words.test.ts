/** How a router takes part in elections: keywords, what they change in the machine, on the way in, and at the start. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseAddress } from "../../contracts/addresses.ts";
import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import { rejectionCounters } from "../../contracts/events/rejections.ts";
import { centiseconds } from "../../contracts/units.ts";
import { encodeAdvertisement } from "../../contracts/wire/advertisement.ts";
import { parametersOf } from "../../machines/parameters.ts";
import { activeDownInterval, leaseSeconds } from "../../machines/timing.ts";
import { checkHost } from "../../services/config/host.ts";
import { placesOf } from "../../services/segment.ts";
import { startupDelayOf } from "../../services/startup-delay.ts";
import { superviseRouters } from "../../services/supervisor.ts";
import { arrive, listeningRouter } from "../conformance/arriving.ts";
import { codes, instance, router } from "../support/config-text.ts";
import { exampleRouter, fakeClock, fakePorts, fakeRecorder } from "../support/fake-ports.ts";
import { readYaml, withoutSources, yamlOf } from "../support/native-config.ts";
import {
  activeRouter,
  advert,
  backupRouter,
  higherAddress,
  names,
  parameters,
} from "../support/router-script.ts";

const globals = (lines: string) => `global_defs {\n${lines}\n}\n`;

describe("in a keepalived.conf", () => {
  test.each([
    ["down_timer_adverts 5", "", { downAdverts: 5 }],
    ["", "vrrp_down_timer_adverts 2", { downAdverts: 2 }],
    ["higher_prio_send_advert", "", { yieldsWithAdvert: true }],
    ["higher_prio_send_advert on", "vrrp_higher_prio_send_advert off", { yieldsWithAdvert: true }],
    ["skip_check_adv_addr", "", { trustsKnownSender: true }],
    ["", "vrrp_skip_check_adv_addr", { trustsKnownSender: true }],
    ["mcast_dst_ip 239.1.1.1", "vrrp_mcast_group4 224.0.0.99", { multicastGroup: "239.1.1.1" }],
    ["", "vrrp_mcast_group4 224.0.0.99", { multicastGroup: "224.0.0.99" }],
    ["dont_track_primary", "", { ignoresOwnInterface: true, trackedInterfaces: [] }],
    [
      "dont_track_primary\ntrack_interface {\neth0\n}",
      "",
      { ignoresOwnInterface: true, trackedInterfaces: ["eth0"] },
    ],
    [
      "unicast_fault_no_peer\nunicast_peer {\n10.0.0.9\n}",
      "vrrp_check_unicast_src\nvrrp_mcast_group4 224.0.0.99",
      { unicast: { peers: [{ address: "10.0.0.9" }], onlyFromPeers: true } },
    ],
  ])("%j with %j", (lines, head, expected) => {
    const read = instance(lines, globals(head));
    expect(codes(read)).toEqual([]);
    expect(router(read)).toMatchObject(expected);
    if (read.config === undefined) return;
    expect(withoutSources(readYaml(yamlOf(read.config)).config)).toEqual(withoutSources(read.config));
  });

  test.each([
    [
      "down_timer_adverts 3\nhigher_prio_send_advert off\nmcast_dst_ip 224.0.0.18",
      "vrrp_mcast_group6 ff02::99",
    ],
    ["skip_check_adv_addr off\ntrack_src_ip\nowner_ignore_adverts", "vrrp_skip_check_adv_addr"],
    ["strict_mode", "vrrp_down_timer_adverts 7\nvrrp_higher_prio_send_advert\nvrrp_owner_ignore_adverts off"],
    ["unicast_peer {\n10.0.0.9\n}", "vrrp_mcast_group4 224.0.0.99\nreload_check_config"],
  ])("%j with %j says what is usual anyway", (lines, head) => {
    const found = router(instance(lines, globals(head)));
    expect(Object.keys(found ?? {}).sort()).toEqual(
      Object.keys(router(instance(found?.unicast === undefined ? "" : lines)) ?? {}).sort(),
    );
  });

  test("delays, interfaces to wait for and the interface of static addresses are the node's", () => {
    const words =
      "vrrp_startup_delay 5.5\nvrrp_delay_after_boot 60\ndynamic_interfaces\ndefault_interface eth7";
    const read = instance("", `${globals(words)}static_ipaddress {\n10.7.0.1/24\n}\n`);
    expect(codes(read)).toEqual([]);
    expect(read.config).toMatchObject({
      startup: { delay: 5500, afterBoot: 60_000 },
      awaitsInterfaces: true,
      statics: { addresses: [{ address: "10.7.0.1", interface: "eth7" }] },
    });
    if (read.config === undefined) return;
    expect(withoutSources(readYaml(yamlOf(read.config)).config)).toEqual(withoutSources(read.config));
  });

  test.each([
    ["", "error"],
    ["dynamic_interfaces allow_if_changes", "warning"],
  ])("with %j an interface that is not there is an %s", (words, severity) => {
    const { config } = instance("", globals(words));
    const probes = {
      interfaceExists: () => false,
      scriptStatus: () => "runs" as const,
      isAccount: () => true,
    };
    expect(config && checkHost(config, probes)).toMatchObject([{ severity, code: "unknown-interface" }]);
  });

  test.each([
    ["mcast_dst_ip 10.0.0.1", "", "error no-multicast-group"],
    ["mcast_dst_ip ff05::12", "", "error no-multicast-group"],
    ["mcast_dst_ip ff02::12", "", "error mixed-families"],
    ["", "vrrp_mcast_group6 224.0.0.18", "error mixed-families"],
    ["down_timer_adverts 0", "", "error out-of-range"],
    ["unicast_fault_no_peer", "", "error no-unicast-peer"],
    ["skip_check_adv_addr ON", "", "warning not-a-boolean"],
    ["", "vrrp_startup_delay soon", "error not-a-number"],
  ])("%j with %j: %s", (lines, head, code) => {
    expect(codes(instance(lines, globals(head)))).toContain(code);
  });
});

describe("the machine", () => {
  test("two missed adverts are 2 s and the skew, seven are 7 s, and the lease outlasts them", () => {
    const interval = centiseconds(100);
    expect(activeDownInterval("rfc9568", 100, interval, 2)).toBe(2_609_375);
    expect(activeDownInterval("rfc3768", 100, interval, 7)).toBe(7_609_375);
    expect([leaseSeconds("rfc3768", interval, 1), leaseSeconds("rfc3768", interval, 7)]).toEqual([2, 8]);
  });

  test.each([
    ["rfc9568", 4_828_125],
    ["rfc3768", 1_609_375],
  ] as const)("%s: backup / followed advert, every 3 s / it waits for one advert", (profile, expected) => {
    const backup = backupRouter(
      parameters({ profile, priority: 100, advertisementInterval: centiseconds(100), downAdverts: 1 }),
    );
    backup.hear(advert(200, higherAddress));
    const due = backup.memory().timers.activeDownTimer?.dueAt ?? 0;
    expect(due - backup.now()).toBe(expected);
  });

  test("active / advert of a higher priority / one more advert before the addresses go (M6)", () => {
    const active = activeRouter(parameters({ priority: 100, yieldsWithAdvert: true }));
    expect(names(active.hear(advert(200, higherAddress))).slice(0, 2)).toEqual([
      "advert.send 100",
      "timer.cancel adverTimer",
    ]);
    const silent = activeRouter(parameters({ priority: 100 }));
    expect(names(silent.hear(advert(200, higherAddress)))).not.toContain("advert.send 100");
  });

  test("a router that ignores its own interface is not told of it (F7)", () => {
    expect(
      parametersOf({ ...exampleRouter, trackedInterfaces: [], ignoresOwnInterface: true }),
    ).toMatchObject({
      trackedInterfaces: [],
    });
    expect(parametersOf({ ...exampleRouter, trackedInterfaces: [] }).trackedInterfaces).toEqual(["eth0"]);
  });
});

describe("on the way in", () => {
  const counter = rejectionCounters.addressList ?? "addressList";
  const payload = (addresses: readonly string[]) =>
    encodeAdvertisement(
      {
        ...{ version: 2, virtualRouterId: 51, priority: 200, advertisementInterval: centiseconds(300) },
        ...{ addresses, authenticationType: 0, authenticationData: new Uint8Array(8) },
      },
      { source: "10.0.0.2", destination: "224.0.0.18" },
      "rfc5798",
    );
  const listening = (change: Partial<VirtualRouterConfig>) =>
    listeningRouter({ ...exampleRouter, authentication: { type: "none" }, ...change }, "10.0.0.1");
  const packet = (addresses: readonly string[], destination = "224.0.0.18") => ({
    ...{ payload: payload(addresses), source: "10.0.0.2", destination, ttl: 255, family: "ipv4" as const },
  });

  test.each([
    [true, 0],
    [undefined, 1],
  ] as const)(
    "trustsKnownSender %s: another address list of the one it follows, %i refused",
    (trusts, count) => {
      const { router: heard } = listening(trusts === undefined ? {} : { trustsKnownSender: trusts });
      arrive([heard], packet(["10.0.0.77"]));
      expect(heard.statistics()[counter]).toBe(1);
      arrive([heard], packet(["10.10.10.114"]));
      arrive([heard], packet(["10.0.0.77"]));
      expect(heard.statistics()[counter]).toBe(1 + count);
    },
  );

  test("a router of another group has sockets of its own", () => {
    const own = placesOf({ ...exampleRouter, multicastGroup: "224.0.0.77" });
    const usual = placesOf(exampleRouter);
    expect(own.map(([, { group }]) => group)).toEqual(["224.0.0.77"]);
    expect(own[0]?.[0]).not.toBe(usual[0]?.[0]);
    expect(parseAddress("224.0.0.77")).toBeDefined();
  });
});

describe("the delay before the start (S6)", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  test("the longer of two delays counts, and none once the host is up for long", () => {
    expect(startupDelayOf({}, 10)).toBe(0);
    expect(startupDelayOf({ startup: { delay: 2000 } }, 10)).toBe(2000);
    expect(startupDelayOf({ startup: { delay: 2000, afterBoot: 60_000 } }, 10)).toBe(50_000);
    expect(startupDelayOf({ startup: { delay: 2000, afterBoot: 60_000 } }, 100)).toBe(2000);
  });

  const supervised = () => {
    const ports = fakePorts();
    const clock = fakeClock();
    const supervisor = superviseRouters({
      ...{ configs: [exampleRouter], clock, recorder: fakeRecorder(), ports, startupDelay: 2000 },
      introduce: (each) =>
        each.dispatch({ type: "primaryAddress.changed", at: clock.monotonic(), address: "10.0.0.1" }),
      ...{ onRecord: () => undefined, onUnrecorded: () => undefined, onNotice: () => undefined },
    });
    const states = () => [...supervisor.routers()].map((each) => each.state());
    return { supervisor, states, ports };
  };

  test("initialize / Startup of the node / no timer until the delay is over, also for what a reload adds", () => {
    const { supervisor, states, ports } = supervised();
    supervisor.start();
    supervisor.add({ ...exampleRouter, name: "VI_2", virtualRouterId: 52 });
    vi.advanceTimersByTime(1999);
    expect(states()).toEqual(["initialize", "initialize"]);
    expect(ports.armed.size).toBe(0);
    vi.advanceTimersByTime(1);
    expect(states()).toEqual(["backup", "backup"]);
    supervisor.add({ ...exampleRouter, name: "VI_3", virtualRouterId: 53 });
    expect(states()).toEqual(["backup", "backup", "backup"]);
  });

  test("stopped during the delay, no router starts", () => {
    const { supervisor, states } = supervised();
    supervisor.start();
    supervisor.stop();
    vi.advanceTimersByTime(5000);
    expect(states()).toEqual(["initialize"]);
  });
});
