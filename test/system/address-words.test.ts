/** Addresses with everything that can be said about them, and excluded ones: on the interface as keepalived has them. */

import { afterEach, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { waitFor } from "../support/pair-wait.ts";
import { inside } from "../support/virtual-mac-site.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

const addresses = [
  "10.10.10.120/24 brd + label enp3s0f0:1",
  "10.10.11.1/25 broadcast 10.10.11.127 scope link",
  // keepalived 2.2.7 leaves out a peer that is written with a length.
  "10.10.12.1 peer 10.10.12.9",
  "10.10.13.1/24 noprefixroute",
  "10.10.10.114/32",
];
const excluded = ["10.10.14.1/24", "fd00:14::1/64", "fd00:15::1/128"];

/** What `ip address` says of all but the interface's own addresses, without lifetimes, which are a lease here. */
function held(router: PairRouter): string[] {
  const lines = inside(router, "ip", "-o", "address", "show", "dev", router.host.interface).split("\n");
  return lines
    .map((line) =>
      line
        .replace(/^.*?(inet6? .*?)\\.*$/u, "$1")
        .replace(/ dynamic| proto \S+/gu, "")
        .trim(),
    )
    .filter(
      (line) =>
        line !== "" &&
        !/fd00:10::1[12]/u.test(line) &&
        !line.includes("10.10.10.1/") &&
        !/10\.10\.10\.1[12]\/|fe80/u.test(line),
    )
    .sort();
}

test("the same file puts the same addresses on the interface, excluded ones of both families among them; adverts do not name those", async () => {
  const settings = {
    version: 3,
    password: undefined,
    advertisementInterval: 0.2,
    virtualAddresses: addresses,
    more: ["virtual_ipaddress_excluded {", ...excluded, "}"],
  } as const;
  const opened = await openPair({ kinds: ["understudy", "keepalived"], settings: [settings, settings] });
  pair = opened;
  const { a, b } = opened;
  const complete = (router: PairRouter) =>
    waitFor(`all addresses on ${router.name}`, () => held(router).length === 8 && held(router), {
      explain: () => [...held(router), ...router.log.slice(-5)].join("\n"),
    });
  const started = now();
  a.start();
  const ours = await complete(a);
  const advert = await opened.awaitAdvert("a", started);
  expect(advert.advert.addresses).toEqual(addresses.map((each) => each.split(/[/ ]/u)[0]));
  await a.stop();
  expect(held(a)).toEqual([]);
  b.start();
  const theirs = await complete(b);
  expect(ours).toEqual(theirs);
});
