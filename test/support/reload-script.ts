/** A supervisor with ports that note who asked for what, and a reloader for it, whose file the test makes up. */

import { expect } from "vitest";
import { formatRoute, formatRule, type Route, type Routing } from "../../contracts/config/routing.ts";
import type { DaemonConfig, VirtualAddress, VirtualRouterConfig } from "../../contracts/config/schema.ts";
import { createDesk } from "../../services/desk.ts";
import { createHandover } from "../../services/handover.ts";
import { done } from "../../services/io/outcome.ts";
import type { NetworkPorts } from "../../services/network-ports.ts";
import { createReloader, type Reading } from "../../services/reload.ts";
import { superviseRouters } from "../../services/supervisor.ts";
import type { VirtualRouter } from "../../services/virtual-router.ts";
import { exampleRouter, fakeClock, fakeRecorder } from "./fake-ports.ts";

export const address = (last: number): VirtualAddress => ({
  address: `10.0.0.${last}`,
  prefixLength: 32,
  interface: "eth0",
});

export function router(name: string, virtualRouterId: number, change: Partial<VirtualRouterConfig> = {}) {
  return { ...exampleRouter, name, virtualRouterId, addresses: [address(virtualRouterId)], ...change };
}

export function configOf(...routers: readonly VirtualRouterConfig[]): DaemonConfig {
  return { node: "node_a", routers: [...routers], trackers: [], syncGroups: [] };
}

export function routeTo(second: number): Route {
  const destination = { address: `10.${second}.0.0`, prefixLength: 16 };
  const words = { typeOfService: 0, table: 254, protocol: 18, scope: 253, nextHops: [], metrics: [] };
  return { family: "ipv4", type: "unicast", destination, ...words };
}

export const [first, second, third] = [router("VI_1", 51), router("VI_2", 52), router("VI_3", 53)];
const before = configOf(first, second, third);

/** A supervisor with ports that note who asked for what, and a reloader for it. */
export function reloading(start: DaemonConfig = before) {
  const calls: string[] = [];
  const note = (who: VirtualRouterConfig, ...words: readonly (string | number)[]) => {
    calls.push([who.name, ...words].join(" "));
    return done;
  };
  const list = (all: readonly VirtualAddress[]) => all.map((each) => each.address.split(".")[3]).join();
  const routes = (routing: Routing) =>
    [...routing.routes.map(formatRoute), ...routing.rules.map(formatRule)].join();
  const ports: NetworkPorts = {
    sendAdvert: (who, priority) => note(who, "advert", priority),
    installAddresses: (who, only) => note(who, "install", list(only ?? who.addresses)),
    renewAddresses: (who) => note(who, "renew"),
    withdrawAddresses: (who, only) => note(who, "withdraw", list(only ?? who.addresses)),
    installRouting: (who, only = who.routing) => (only ? note(who, "route", routes(only)) : done),
    withdrawRouting: (who, only = who.routing) => (only ? note(who, "unroute", routes(only)) : done),
    announceAddresses: (who, _repeat, only) => note(who, "announce", list(only ?? who.addresses)),
  };
  const [clock, recorder] = [fakeClock(), fakeRecorder()];
  const desk = createDesk(clock);
  const handover = createHandover(ports);
  const introduced: string[] = [];
  const logged: string[] = [];
  const log = (line: string) => void logged.push(line);
  const supervisor = superviseRouters({
    ...{ configs: start.routers, clock, recorder, desk, ports: handover.ports },
    introduce: (each) => {
      introduced.push(each.config.name);
      each.dispatch({ type: "primaryAddress.changed", at: clock.monotonic(), address: "10.0.0.1" });
    },
    onRecord: () => undefined,
    onUnrecorded: () => undefined,
    onNotice: () => undefined,
  });
  supervisor.start();
  let answer: () => Promise<Reading> = async () => ({ config: start, diagnostics: [] });
  const reloader = createReloader({
    ...{ config: start, clock, desk, handover, supervisor, recorder },
    reread: () => answer(),
    network: { adopt: () => void calls.push("network"), adoptPace: () => undefined },
    virtualMacs: {
      adopt: () => {
        calls.push("virtual MACs");
        return false;
      },
      activate: () => done,
    },
    tracking: { adopt: () => void calls.push("trackers") },
    statics: { adopt: () => undefined },
    routing: { watch: () => undefined },
    rehearsal: { adopt: () => undefined },
    operator: { adjust: (config) => config, keep: () => [] },
    onRecord: () => undefined,
    log: { info: log, warn: log, error: log },
  });
  const running = () => new Map([...supervisor.routers()].map((each) => [each.config.name, each]));
  const find = (name: string): VirtualRouter => {
    const found = running().get(name);
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  };
  return {
    ...{ reloader, supervisor, recorder, clock, calls, introduced, logged, find },
    states: () => [...running()].map(([name, each]) => `${name} ${each.state()}`),
    /** The file says this now. */
    say: (reading: () => Promise<Reading>) => {
      answer = reading;
    },
    take: (config: DaemonConfig, dryRun = false) => {
      answer = async () => ({ config, diagnostics: [] });
      return reloader.reload(dryRun);
    },
    makeActive: (...names: readonly string[]) => {
      for (const name of names) {
        const { activeDownTimer } = find(name).memory().timers;
        if (activeDownTimer === undefined) throw new Error(`${name} is no backup`);
        clock.set(activeDownTimer.dueAt);
        const { dueAt, generation } = activeDownTimer;
        const at = clock.monotonic();
        find(name).dispatch({ type: "activeDownTimer.expired", at, dueAt: at, generation });
        expect(dueAt).toBe(at);
      }
      calls.length = 0;
      introduced.length = 0;
      recorder.records.length = 0;
    },
  };
}
