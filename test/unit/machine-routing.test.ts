/** Routes and rules of a router: when they come and go, in which order, and that routers without them notice nothing. */

import { describe, expect, test } from "vitest";
import type { Route, Routing } from "../../contracts/config/routing.ts";
import { microseconds } from "../../contracts/units.ts";
import { parametersOf } from "../../machines/parameters.ts";
import { exampleRouter } from "../support/fake-ports.ts";
import { activeRouter, advert, backupRouter, higherAddress, names } from "../support/router-script.ts";

const route = (third: number): Route => ({
  family: "ipv4",
  type: "unicast",
  destination: { address: `10.9.${third}.0`, prefixLength: 24 },
  typeOfService: 0,
  table: 254,
  protocol: 18,
  scope: 0,
  nextHops: [{ interface: "eth0", weight: 1 }],
  metrics: [],
});
const routing = {
  routes: [route(1), { ...route(2), isUntracked: true }],
  rules: [{ family: "ipv4", preference: 5, action: "table", table: 7, typeOfService: 0, protocol: 18 }],
} satisfies Routing;
const parameters = parametersOf({ ...exampleRouter, routing });

describe("a router with routes and rules", () => {
  test("becoming active: they come behind the addresses and in front of the announcement", () => {
    expect(names(backupRouter(parameters).expire("activeDownTimer")).slice(0, 4)).toEqual([
      "advert.send 51",
      "addresses.install",
      "routing.install",
      "addresses.announce 5",
    ]);
  });

  test("giving way to a higher priority: they go in front of the addresses", () => {
    const effects = names(activeRouter(parameters).hear(advert(200, higherAddress)));
    expect(effects.slice(2, 4)).toEqual(["routing.withdraw", "addresses.withdraw"]);
  });

  test("stopping and going to fault: they go behind the resignation and in front of the addresses", () => {
    const gone = ["advert.send 0", "routing.withdraw", "addresses.withdraw"];
    expect(names(activeRouter(parameters).hear({ type: "router.stopped" })).slice(2, 5)).toEqual(gone);
    const down = { type: "link.changed", interface: "eth9", state: "down" } as const;
    const tracking = { ...parameters, trackedInterfaces: ["eth0", "eth9"] };
    const router = activeRouter({ ...tracking, trackedInterfaces: ["eth0"] });
    router.change({ trackedInterfaces: tracking.trackedInterfaces });
    expect(names(router.hear(down)).slice(2, 5)).toEqual(gone);
  });

  test("one is lost: what is tracked is put back, and nothing else happens", () => {
    const router = activeRouter(parameters);
    expect(names(router.hear({ type: "routing.lost" }))).toEqual([
      "routing.install 10.9.1.0/24 dev eth0 5: from all lookup 7",
    ]);
    expect(router.state()).toBe("active");
    expect(names(backupRouter(parameters).hear({ type: "routing.lost" }))).toEqual([]);
  });

  test("the kernel refuses one: the router stays active (keepalived logs it and goes on)", () => {
    const router = activeRouter(parameters);
    const failed = { type: "effect.failed", effect: "routing.install", error: "ENETUNREACH: …" } as const;
    expect(names(router.hear(failed))).toEqual([]);
    expect(router.state()).toBe("active");
  });

  test("other settings while active: only the difference goes and comes", () => {
    const router = activeRouter(parameters);
    const effects = router.change({ routing: { routes: [route(1), route(3)], rules: [] } });
    expect(names(effects)).toEqual([
      "routing.withdraw 10.9.2.0/24 dev eth0 5: from all lookup 7",
      "routing.install 10.9.3.0/24 dev eth0",
    ]);
  });

  test("a stall that ends with other settings: what it had until then goes", () => {
    const router = activeRouter(parameters);
    router.wait(microseconds(60_000_000));
    const effects = names(router.change({ routing: { routes: [route(3)], rules: [] } }));
    expect(effects).toContain(
      "routing.withdraw 10.9.1.0/24 dev eth0 10.9.2.0/24 dev eth0 5: from all lookup 7",
    );
  });
});

test("a router without them: no effect names them", () => {
  const router = backupRouter(parametersOf(exampleRouter));
  const effects = [
    ...names(router.expire("activeDownTimer")),
    ...names(router.hear({ type: "routing.lost" })),
    ...names(router.hear({ type: "router.stopped" })),
  ];
  expect(effects.filter((each) => each.startsWith("routing"))).toEqual([]);
});
