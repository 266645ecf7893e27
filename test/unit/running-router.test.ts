/** A running virtual router on fake ports: effects in order, failures as facts, records after effects. */

import { describe, expect, it } from "vitest";
import { bodySchemas } from "../../contracts/events/envelope.ts";
import { centiseconds, microseconds } from "../../contracts/units.ts";
import { done, failure, type Outcome } from "../../services/io/outcome.ts";
import { refusalInterval, refusalKinds } from "../../services/refusals.ts";
import { startVirtualRouter } from "../../services/virtual-router.ts";
import { exampleRouter, fakeClock, fakePorts, fakeRecorder } from "../support/fake-ports.ts";

function startedRouter() {
  const ports = fakePorts();
  const recorder = fakeRecorder();
  const clock = fakeClock();
  const crashes: string[] = [];
  const unrecorded: string[] = [];
  const told: string[] = [];
  const router = startVirtualRouter({
    config: exampleRouter,
    ports,
    recorder,
    clock,
    onRecord: (record) => {
      told.push(`${record.class} after ${ports.calls.length} calls`);
    },
    onUnrecorded: (error) => unrecorded.push(error),
    onCrash: (error) => crashes.push(error),
  });
  const at = () => clock.monotonic();
  router.dispatch({ type: "link.changed", at: at(), interface: "eth0", state: "up" });
  router.dispatch({ type: "primaryAddress.changed", at: at(), address: "10.10.10.11" });
  router.dispatch({ type: "router.started", at: at() });
  const expire = (timer: "activeDownTimer" | "adverTimer") => {
    const armed = ports.armed.get(timer);
    if (armed === undefined) throw new Error(`${timer} is not armed`);
    clock.set(armed.dueAt);
    router.dispatch({ type: `${timer}.expired`, at: at(), ...armed });
  };
  return { router, ports, recorder, clock, crashes, unrecorded, told, expire };
}

function transitions(recorder: ReturnType<typeof fakeRecorder>): string[] {
  return recorder.records
    .filter((record) => record.class === "transition")
    .map((record) => bodySchemas.transition.parse(record.body))
    .map(({ from, to, reason }) => `${from}>${to} ${reason}`);
}

describe("a running router", () => {
  it("performs every effect of a takeover before it writes anything down", () => {
    const { ports, recorder, told, expire } = startedRouter();
    expire("activeDownTimer");
    expect(ports.calls).toEqual(["sendAdvert 51", "installAddresses", "announceAddresses 5"]);
    expect(told).toEqual(["transition after 0 calls", "transition after 3 calls", "effect after 3 calls"]);
    expect(transitions(recorder)).toEqual(["initialize>backup startup", "backup>active noResponse"]);
  });

  it("writes the installed addresses down as a consequence of the transition", () => {
    const { recorder, expire } = startedRouter();
    expire("activeDownTimer");
    const [, transition, effect] = recorder.records;
    expect(effect?.body).toEqual({
      effect: "addresses.install",
      ok: true,
      addresses: ["10.10.10.114/32@eth0"],
    });
    expect(effect?.causationId).toBe(transition?.id);
    expect(effect?.correlationId).toBe(transition?.correlationId);
  });

  it("J-13: addresses that cannot be installed lead to a resignation and to fault", () => {
    const { router, ports, expire } = startedRouter();
    ports.failures.set("installAddresses", "EPERM: not permitted");
    expire("activeDownTimer");
    expect(ports.calls).toEqual([
      "sendAdvert 51",
      "installAddresses",
      "announceAddresses 5",
      "sendAdvert 0",
      "withdrawAddresses",
    ]);
    expect(router.state()).toBe("fault");
    expect(router.memory().faults).toEqual(["addresses cannot be installed: EPERM: not permitted"]);
  });

  it("waits with what comes behind an answer until it has it, and with the next fact", () => {
    const { router, ports, recorder, clock, expire } = startedRouter();
    let answer: (outcome: Outcome) => void = () => undefined;
    const { installAddresses } = ports;
    ports.installAddresses = (...words) => {
      installAddresses(...words);
      return {
        onAnswer: (take) => {
          answer = take;
        },
      };
    };
    expire("activeDownTimer");
    const higher = { source: "10.10.10.12", priority: 200, advertisementInterval: centiseconds(300) };
    router.dispatch({ type: "advert.received", at: clock.monotonic(), ...higher });
    expect(ports.calls).toEqual(["sendAdvert 51", "installAddresses"]);
    expect(transitions(recorder)).toEqual(["initialize>backup startup"]);
    answer(done);
    expect(ports.calls).toEqual([
      ...["sendAdvert 51", "installAddresses", "announceAddresses 5"],
      "withdrawAddresses",
    ]);
    expect(transitions(recorder).slice(1)).toEqual([
      "backup>active noResponse",
      "active>backup higherPriority",
    ]);
  });

  it("J-13: an answer that comes late and says no leads to fault as well", () => {
    const { router, ports, expire } = startedRouter();
    const answers: ((outcome: Outcome) => void)[] = [];
    ports.installAddresses = () => ({ onAnswer: (take) => answers.push(take) });
    expire("activeDownTimer");
    expect(router.state()).toBe("active");
    answers[0]?.(failure("EPERM: not permitted"));
    expect(router.state()).toBe("fault");
  });

  it("writes a failure that repeats down once a minute", () => {
    const { ports, recorder, expire } = startedRouter();
    expire("activeDownTimer");
    ports.failures.set("sendAdvert", "ENETUNREACH");
    for (let sent = 0; sent < 21; sent++) expire("adverTimer");
    const failures = recorder.records.filter(
      (record) => record.class === "effect" && !bodySchemas.effect.parse(record.body).ok,
    );
    // 20 intervals of 3 s are the minute after which it is told again.
    expect(failures).toHaveLength(2);
  });

  it("counts what it hears, sends and refuses by RFC 8347 names", () => {
    const { router, clock, expire } = startedRouter();
    const heard = { source: "10.10.10.12", advertisementInterval: centiseconds(300) };
    router.dispatch({ type: "advert.received", at: clock.monotonic(), priority: 50, ...heard });
    router.dispatch({ type: "advert.received", at: clock.monotonic(), priority: 0, ...heard });
    router.refuse("10.10.10.12", { name: "checksum", detail: "the checksum is wrong" });
    expire("activeDownTimer");
    expect(router.statistics()).toEqual({
      "advertisement-rcvd": 2,
      "priority-zero-pkts-rcvd": 1,
      "checksum-errors": 1,
      "advertisement-sent": 1,
      "master-transitions": 1,
    });
  });

  it("R3-7.1-11: a refused advert touches neither state nor timer nor memory", () => {
    const { router, ports } = startedRouter();
    const before = { memory: router.memory(), armed: new Map(ports.armed), state: router.state() };
    router.refuse("10.10.10.12", { name: "interval", detail: "advertises every 1 s, here it is 3 s" });
    expect({ memory: router.memory(), armed: new Map(ports.armed), state: router.state() }).toEqual(before);
  });

  it("a port that throws is a failed effect, not a crash", () => {
    const { router, ports, crashes, expire } = startedRouter();
    ports.announceAddresses = () => {
      throw new Error("no such device");
    };
    expire("activeDownTimer");
    expect(router.state()).toBe("active");
    expect(crashes).toEqual([]);
  });

  it("a recorder that throws is told of, and the takeover goes on", () => {
    const { router, recorder, crashes, unrecorded, expire } = startedRouter();
    recorder.append = () => {
      throw new Error("out of order");
    };
    expire("activeDownTimer");
    expect(crashes).toEqual([]);
    expect(unrecorded).toEqual(["out of order", "out of order"]);
    expect(router.state()).toBe("active");
  });
});

describe("refused adverts", () => {
  it("R3-7.1-08: a thousand from one source are two events in a minute and a second, with their number", () => {
    const { router, recorder, clock } = startedRouter();
    const refusal = { name: "authentication", detail: "the password differs" } as const;
    const first = clock.monotonic();
    for (let count = 0; count < 999; count++) router.refuse("10.10.10.12", refusal);
    clock.set(first + refusalInterval);
    router.refuse("10.10.10.12", refusal);
    const events = recorder.records.filter((record) => record.class === "rejection");
    expect(events.map((record) => bodySchemas.rejection.parse(record.body).count)).toEqual([1, 999]);
    expect(router.statistics()["vrrpStatsAuthFailures"]).toBe(1000);
  });

  it("tells a bounded number of sources apart", () => {
    const { router } = startedRouter();
    for (let host = 0; host < 1000; host++) {
      router.refuse(`10.0.${host >> 8}.${host & 255}`, { name: "checksum", detail: "the checksum is wrong" });
    }
    const current = router.refusals(microseconds(1_000_000));
    expect(current).toHaveLength(refusalKinds + 1);
    expect(current.at(-1)).toMatchObject({ source: "several", count: 1000 - refusalKinds });
  });
});
