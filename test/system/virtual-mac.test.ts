/** use_vmac in a running daemon: what the segment sees, what the kernel forwards and accepts, and what stays behind. */

import { afterEach, describe, expect, test } from "vitest";
import { now } from "../support/pair.ts";
import { virtualAddress } from "../support/pair-config.ts";
import type { RouterKind } from "../support/pair-program.ts";
import { allowance, expectBetween } from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";
import {
  echoFrame,
  inside,
  isAnswered,
  openVirtualMacSite,
  type VirtualMacSite,
  virtualMac,
} from "../support/virtual-mac-site.ts";

let site: VirtualMacSite | undefined;
afterEach(() => site?.close());

/** Microseconds: 3 x 100 ms + 100 ms x (256 - priority) / 256. */
const activeDownInterval = { a: 321_875, b: 341_406 } as const;

async function expectVirtualMacOnly(since: number, port: string): Promise<void> {
  const { adverts, answers, announcements } = site ?? expect.fail("no site");
  // They come one after the other, with the kernel's answers before or after ours.
  await waitFor(
    "each kind of frame",
    () =>
      adverts(since, port).length > 0 &&
      answers(since, port).length > 0 &&
      announcements(since, port).length > 0,
  );
  const seen = {
    adverts: new Set(adverts(since, port).map(({ sourceHardware }) => sourceHardware)),
    answers: new Set(answers(since, port).flatMap((each) => [each.sourceHardware, each.hardwareAddress])),
    announcements: new Set(
      announcements(since, port).flatMap((each) => [each.sourceHardware, each.hardwareAddress]),
    ),
  };
  const only = new Set([virtualMac]);
  expect(seen).toEqual({ adverts: only, answers: only, announcements: only });
}

describe.each<[RouterKind, RouterKind]>([
  ["understudy", "understudy"],
  ["understudy", "keepalived"],
  ["keepalived", "understudy"],
])("%s with priority 200 and %s with 150, both with use_vmac", (...kinds) => {
  test("adverts, announcements and ARP replies carry the virtual MAC and nothing else, before and after its cable is pulled, and the return preempts (R3-6.1-08, R3-6.4.3-01, R3-7.2-03, R3-7.3-01, R3-8.1.2-04, R3-8.1.2-06, R2-7.2-01, R2-8.2-01)", async () => {
    site = await openVirtualMacSite(kinds);
    const { a, b, awaitAdvert, awaitAnswer } = site;
    const started = now();
    a.start();
    await a.awaitLog(/Entering BACKUP STATE/u);
    b.start();
    await awaitAdvert("a", started);
    await awaitAnswer("a", now());
    // Until then the processors are busy with what follows a start.
    for (const router of [a, b]) {
      if (router.kind === "understudy") await router.awaitLog(/events go to/u);
    }
    await waitFor("five announcements", () => (site?.announcements(started, "a").length ?? 0) >= 5);
    await expectVirtualMacOnly(started, "a");
    expect(site.adverts(started, "a")[0]).toMatchObject({ source: "10.10.10.11", timeToLive: 255 });

    const unplugged = now();
    site.network.plug("a", false);
    const takeover = await awaitAdvert("b", unplugged);
    const last = site.adverts(started, "a").at(-1)?.at ?? 0;
    expectBetween(takeover.at - last, activeDownInterval.b, activeDownInterval.b + allowance);
    await awaitAnswer("b", takeover.at);
    await expectVirtualMacOnly(takeover.at, "b");

    const plugged = now();
    site.network.plug("a", true);
    const back = await awaitAdvert("a", plugged);
    await awaitAnswer("a", back.at);
    await expectVirtualMacOnly(plugged, "a");
    await waitFor("b without the address", () => !inside(b, "ip", "address").includes(virtualAddress));
    await b.stop();
    await a.stop();
    expect(inside(a, "ip", "link", "show", "type", "macvlan")).toBe("");
    expect(inside(b, "ip", "link", "show", "type", "macvlan")).toBe("");
  });
});

test("a backup drops what is sent to the virtual MAC, an active router forwards it (R3-6.4.2-04, R3-6.4.3-06, R2-6.4.2-01)", async () => {
  // Ten seconds of patience: long enough for the frames that have to be dropped.
  site = await openVirtualMacSite(["understudy", "understudy"], ["use_vmac"], { advertisementInterval: 1 });
  const { a, extra, network } = site;
  inside(a, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
  const far = extra.namespace("far");
  extra.veth(
    { namespace: a.host.namespace, name: "far0", address: "10.20.0.1/24" },
    { namespace: far, name: "eth0", address: "10.20.0.2/24" },
  );
  const [client, observer] = await Promise.all([
    site.agent(network.host("client").namespace),
    site.agent(far),
  ]);
  expect(await observer.call("observe", "eth0")).toBe("ok");
  const arrived = (source: string) =>
    observer.events.filter(
      (event) => event.kind === "frame" && Buffer.from(event.frame.slice(26, 30)).join(".") === source,
    ).length;
  const send = (hardware: string, source: string) =>
    client.call("sendFrame", "eth0", echoFrame(hardware, source, "10.20.0.2"));
  a.start();
  await a.awaitTransition("initialize>backup startup");
  await send(virtualMac, "10.10.10.61");
  await send(site.hardwareAddress(a), "10.10.10.62");
  await waitFor("the marker by the router's own address", () => arrived("10.10.10.62") === 1);
  expect(arrived("10.10.10.61")).toBe(0);
  await a.awaitTransition("backup>active noResponse");
  await waitFor("a frame by the virtual MAC", async () => {
    await send(virtualMac, "10.10.10.63");
    return arrived("10.10.10.63") > 0;
  });
  expect(arrived("10.10.10.61")).toBe(0);
});

test("no_accept: ARP is answered, packets to the address are dropped and forwarded ones are not; accept takes them (R3-6.4.3-07, R3-6.4.3-08)", async () => {
  site = await openVirtualMacSite(["understudy", "understudy"], ["no_accept"]);
  const { a, network } = site;
  const client = network.host("client");
  inside(a, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
  inside(a, "ip", "address", "add", "10.30.0.1/32", "dev", "lo");
  network.ip(
    client.namespace,
    "route",
    "add",
    "10.30.0.0/24",
    "via",
    virtualAddress,
    "dev",
    client.interface,
  );
  const started = now();
  a.start();
  await site.awaitAdvert("a", started);
  await site.awaitAnswer("a", now());
  expect(isAnswered(client, virtualAddress)).toBe(false);
  expect(isAnswered(client, "10.10.10.11")).toBe(true);
  expect(isAnswered(client, "10.30.0.1")).toBe(true);
  await a.stop();
  expect(inside(a, "nft", "list", "ruleset")).toBe("");
  a.configure({ more: ["version 3", "accept"] });
  const again = now();
  a.start();
  await site.awaitAdvert("a", again);
  await waitFor("an echo reply of the address", () => isAnswered(client, virtualAddress));
});

test("after a stop, and after SIGKILL and the next start, settings and interfaces are what they were", async () => {
  site = await openVirtualMacSite(["understudy", "understudy"], ["use_vmac", "no_accept"]);
  const { a } = site;
  inside(a, "sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=1");
  const agent = await site.agent(a.host.namespace);
  const found = async () => ({
    settings: (await agent.call("dumpSettings")).filter((line) => !/mtu|nexthop|_secret/u.test(line)),
    links: inside(a, "ip", "-brief", "link"),
    addresses: inside(a, "ip", "-brief", "address"),
    rules: inside(a, "nft", "list", "ruleset"),
  });
  const before = await found();
  const run = async () => {
    const started = now();
    a.start();
    await site?.awaitAdvert("a", started);
  };
  await run();
  expect(inside(a, "ip", "-brief", "link")).toContain("vrrp.51@");
  expect(await found()).not.toEqual(before);
  await a.stop();
  expect(await found()).toEqual(before);

  await run();
  await a.kill();
  expect(inside(a, "ip", "-brief", "link")).toContain("vrrp.51@");
  expect(inside(a, "nft", "list", "ruleset")).toBe("");
  a.configure({ more: ["version 3"] });
  const restarted = a.log.length;
  a.start();
  await a.awaitLog(/removed interface vrrp\.51, left by a daemon that died/u, restarted);
  await a.awaitLog(/put back ipv4\/conf\/all\/rp_filter, changed by a daemon that died/u, restarted);
  await a.awaitLog(/Entering BACKUP STATE/u, restarted);
  await a.stop();
  expect(await found()).toEqual(before);
});

test("the virtual MAC deleted by hand, and its interface made anew: it is made again, and the router comes back", async () => {
  site = await openVirtualMacSite(["understudy", "understudy"]);
  const { a } = site;
  a.start();
  await a.awaitTransition("backup>active noResponse");
  inside(a, "ip", "link", "delete", "vrrp.51");
  await a.awaitTransition("active>fault faultRaised");
  await a.awaitTransition("fault>backup faultCleared");
  const recovered = now();
  await site.awaitAnswer("a", recovered);
  await expectVirtualMacOnly(recovered, "a");

  const events = a.events.length;
  site.deleteInterface(a);
  await a.awaitTransition("active>fault faultRaised", events);
  await site.createInterface(a);
  site.network.ip(a.host.namespace, "address", "add", "10.10.10.11/24", "dev", a.host.interface);
  const addressed = now();
  await site.awaitAnswer("a", addressed);
  await expectVirtualMacOnly(addressed, "a");
  expect((await a.status())?.problems).toEqual([]);
});
