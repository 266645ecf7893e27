/** What happens on the interface of an active router: floods of events, and addresses that come and go. */

import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import { readJournal } from "../support/pair-journal.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { awaitTransitions, expectRegularAdverts, readingError, second } from "../support/pair-steps.ts";
import { quiet, waitFor } from "../support/pair-wait.ts";

let pair: Pair;
let a: PairRouter;

/** An address owner serves at once, which spares each test the wait for silence. */
beforeEach(async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"], settings: [{ priority: 255 }, {}] });
  a = pair.a;
  a.start();
  await a.awaitTransition("initialize>active ownerStartup");
  await pair.awaitAnswer("a", 0);
});
afterEach(() => pair?.close());

const served = "initialize>active ownerStartup";

test("1,000 addresses come and go at once: the router stays active, its adverts are on time and the address stays", async () => {
  const addresses = Array.from(
    { length: 1000 },
    (_, index) => `10.20.${index >> 8}.${index & 255}/32 dev enp3s0f0`,
  );
  const before = now();
  pair.batch(
    a,
    addresses.map((each) => `address add ${each}`),
  );
  pair.batch(
    a,
    addresses.map((each) => `address delete ${each}`),
  );
  await waitFor("three adverts", () => pair.adverts(before, "a").length >= 3);
  expectRegularAdverts(pair, "a", before);
  expect(pair.hasVirtualAddress(a)).toBe(true);
  expect((await a.status())?.problems).toEqual([]);
  expect(a.transitions()).toEqual([served]);
});

test("20,000 events while the daemon does not run: the overrun is an event, a fresh dump shows what was missed, and it goes on", async () => {
  const before = now();
  a.signal("SIGSTOP");
  const flood = Array.from({ length: 5000 }, (_, index) => [
    `link set dev lo mtu ${60_000 + (index % 2)}`,
    "address add 10.30.0.1/32 dev lo",
    "address delete 10.30.0.1/32 dev lo",
    `address add 10.30.0.2/32 dev lo`,
    "address delete 10.30.0.2/32 dev lo",
  ]);
  pair.batch(a, flood.flat());
  pair.network.plug("a", false);
  // Carrier is told by a worker of the kernel.
  await waitFor("no carrier", () =>
    pair.network.ip(a.host.namespace, "link", "show", "dev", a.host.interface).includes("NO-CARRIER"),
  );
  expect(now() - before).toBeLessThan(2.8 * second);
  a.signal("SIGCONT");
  await awaitTransitions(a, served, "active>fault faultRaised");
  expect(pair.hasVirtualAddress(a)).toBe(false);
  const notices = readJournal(a.dataDirectory).filter((record) => record.class === "fault");
  expect(notices.map((record) => record.body)).toEqual([
    { notice: "netlinkOverrun", detail: "the kernel dropped link events; all was read anew" },
  ]);
  await a.awaitLog(/netlinkOverrun/u);
  expect(a.log.filter((line) => line.includes("netlinkOverrun"))).toHaveLength(1);

  pair.network.plug("a", true);
  await awaitTransitions(a, served, "active>fault faultRaised", "fault>active faultCleared");
  await pair.awaitAnswer("a", now());
});

test("somebody deletes the virtual address: it is back at once and announced, and the role does not change", async () => {
  const before = now();
  pair.network.ip(a.host.namespace, "address", "delete", "10.10.10.114/32", "dev", a.host.interface);
  await waitFor("the announcement", () => pair.announcements(before, "a").length >= 5, { seconds: 1 });
  expect(pair.hasVirtualAddress(a)).toBe(true);
  expect((pair.announcements(before, "a")[0]?.at ?? 0) - before).toBeLessThan(50_000);
  // A second time within a second: not a fight, but back with the next advert.
  pair.network.ip(a.host.namespace, "address", "delete", "10.10.10.114/32", "dev", a.host.interface);
  await waitFor("the address", () => pair.hasVirtualAddress(a), { seconds: 1.3 });
  expect(a.transitions()).toEqual([served]);
});

test("the primary address is replaced by another: adverts leave from the new one, and the role does not change (R3-5.1.1.1-01)", async () => {
  const { namespace, interface: name } = a.host;
  pair.network.ip(namespace, "address", "add", "10.20.0.11/24", "dev", name);
  const before = now();
  pair.network.ip(namespace, "address", "delete", "10.10.10.11/24", "dev", name);
  const next = await pair.awaitAdvert("a", before + readingError);
  expect(next.source).toBe("10.20.0.11");
  expectRegularAdverts(pair, "a", before);
  await pair.awaitAnswer("a", now());
  expect(a.transitions()).toEqual([served]);
});

test("the kernel promotes a secondary address to primary: adverts leave from it, and the role does not change", async () => {
  const { namespace, interface: name } = a.host;
  execFileSync("ip", [
    "netns",
    "exec",
    namespace,
    "sysctl",
    "-q",
    "-w",
    "net.ipv4.conf.all.promote_secondaries=1",
  ]);
  pair.network.ip(namespace, "address", "add", "10.10.10.21/24", "dev", name);
  const before = now();
  pair.network.ip(namespace, "address", "delete", "10.10.10.11/24", "dev", name);
  const next = await pair.awaitAdvert("a", before + readingError);
  expect(next.source).toBe("10.10.10.21");
  expectRegularAdverts(pair, "a", before);
  expect(a.transitions()).toEqual([served]);
});

test("the only primary address is deleted: fault without the virtual address, and back once it is there again", async () => {
  const { namespace, interface: name } = a.host;
  pair.network.ip(namespace, "address", "delete", "10.10.10.11/24", "dev", name);
  await awaitTransitions(a, served, "active>fault faultRaised");
  expect(pair.hasVirtualAddress(a)).toBe(false);
  expect((await a.status())?.problems).toEqual(["VI_1 is in fault: no IPv4 address on interface enp3s0f0"]);
  const silent = now();
  await quiet(1200);
  expect(pair.adverts(silent, "a")).toEqual([]);
  expect(pair.answers(silent, "a")).toEqual([]);
  pair.network.ip(namespace, "address", "add", "10.10.10.11/24", "dev", name);
  await awaitTransitions(a, "active>fault faultRaised", "fault>active faultCleared");
  await pair.awaitAnswer("a", silent);
});
