/** Whom transitions are told beside handlers: what the file may say, the lines of a FIFO, the words of a mail, and what is observed. */

import { describe, expect, test } from "vitest";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Fact } from "../../contracts/events/facts.ts";
import { describeObservation, type Observation } from "../../contracts/events/observations.ts";
import { centiseconds, microseconds } from "../../contracts/units.ts";
import {
  handlerEnvironment,
  invocationsFor,
  type Notified,
  readEvent,
} from "../../services/notify/commands.ts";
import { fifoLine } from "../../services/notify/fifos.ts";
import { mailText } from "../../services/notify/mail-text.ts";
import { createObserver, type Standing } from "../../services/observations.ts";
import { codes, instance, router } from "../support/config-text.ts";
import { readYaml, withoutSources, yamlOf } from "../support/native-config.ts";

const globals = (...lines: string[]) => `global_defs {\n${lines.join("\n")}\n}\n`;

describe("FIFOs in the file", () => {
  test("with owner, reader and what else belongs to them; the one for VRRP first", () => {
    const head = globals(
      ...[
        "notify_fifo /run/all.fifo ops adm",
        'notify_fifo_script "/bin/reader --all" nobody',
        "script_user root",
      ],
      ...[
        "vrrp_notify_fifo /run/vrrp.fifo",
        "fifo_write_vrrp_states_on_reload",
        "vrrp_notify_priority_changes",
      ],
    );
    const result = instance("notify_priority_changes off", head);
    expect(result.diagnostics).toEqual([]);
    expect(result.config?.notifications).toMatchObject({
      fifos: [
        { path: "/run/vrrp.fifo" },
        {
          path: "/run/all.fifo",
          owner: { user: "ops", group: "adm" },
          reader: { argv: ["/bin/reader", "--all"], runAs: { user: "nobody" } },
        },
      ],
      repeatsStates: true,
    });
    expect(router(result)).not.toHaveProperty("notifications");
    expect(router(instance("", head))?.notifications).toEqual({ priority: true });
  });

  test("one path is one FIFO, and a path that is not absolute is an error", () => {
    const twice = instance("", globals("notify_fifo /run/f", "vrrp_notify_fifo /run/f"));
    expect(twice.config?.notifications?.fifos).toEqual([{ path: "/run/f" }]);
    expect(codes(instance("", globals("notify_fifo f")))).toEqual(["error relative-path"]);
  });
});

describe("mail in the file", () => {
  const relay = ["smtp_server 10.0.0.9 2525", "notification_email {", "a@b", 'c@d "E <e@f>"', "}"];

  test("with keepalived's defaults, for those who ask for it", () => {
    const result = instance("smtp_alert", globals(...relay));
    expect(result.diagnostics).toEqual([]);
    expect(result.config?.notifications?.mail).toEqual({
      from: "root@host",
      to: ["a@b", "c@d", "E <e@f>"],
      relay: { host: "10.0.0.9", port: 2525 },
      connectTimeout: 30,
    });
    expect(router(result)?.notifications).toEqual({ mail: true });
  });

  test.each([
    ["", ["smtp_alert"], true],
    ["", ["smtp_alert", "smtp_alert_vrrp off"], undefined],
    ["smtp_alert on", ["smtp_alert_vrrp off"], true],
    ["smtp_alert off", ["smtp_alert"], undefined],
    ["", [], undefined],
  ])("%j with %j: %s", (lines, head, wanted) => {
    const result = instance(lines, globals(...relay, ...head));
    expect(router(result)?.notifications?.mail).toBe(wanted);
    expect(result.config?.notifications?.mail === undefined).toBe(wanted === undefined);
  });

  test("without a relay or without anybody to write to none is sent, and that is said", () => {
    expect(codes(instance("smtp_alert", globals("smtp_server 10.0.0.9")))).toEqual([
      "warning mail-incomplete",
    ]);
    expect(codes(instance("", globals(...relay)))).toEqual([]);
  });
});

test("all of it is written to understudy.yaml and read again as the same", () => {
  const head = globals(
    ...["vrrp_notify_fifo /run/f ops adm", "vrrp_notify_fifo_script /bin/reader nobody", "smtp_server mx 26"],
    ...["fifo_write_vrrp_states_on_reload", "notification_email {", "a@b", "}", "no_email_faults"],
    ...["smtp_helo_name lb", "smtp_connect_timeout 7", "vrrp_notify_priority_changes"],
  );
  const group = "vrrp_sync_group VG {\ngroup {\nVI_1\n}\nsmtp_alert\n}\n";
  const lines = "notify_deleted /bin/gone\nnotify_master_rx_lower_pri /bin/lower\nsmtp_alert";
  const { config } = instance(lines, `${head}${group}`);
  if (config === undefined) throw new Error("no configuration");
  const again = readYaml(yamlOf(config));
  expect(again.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(withoutSources(again.config)).toEqual(withoutSources(config));
});

const record = (eventClass: "transition" | "observation", body: unknown, name = "VI_1"): EventRecord =>
  ({ class: eventClass, body, router: name, node: "lb", id: "n/VI_1/1/7" }) as EventRecord;
const entering = (to: string, reason = "startup", cause: object = {}) =>
  record("transition", {
    from: "backup",
    to,
    reason,
    cause,
    context: { effectivePriority: 90, activeAddress: null },
  });
const shutdown = (cause: object = {}) => entering("initialize", "shutdown", cause);
const removal = shutdown({ type: "router.stopped", at: 1, isRemoved: true });
const lowerHeard = record("observation", {
  observed: "lowerPriority",
  source: "10.0.0.1",
  priority: 50,
  effectivePriority: 90,
});
const priorityMoved = record("observation", {
  observed: "effectivePriority",
  state: "backup",
  from: 90,
  to: 60,
});

describe("the line of a FIFO (keepalived X5)", () => {
  const plain: Notified = { name: "VI_1", handlers: {} };
  const wordy: Notified = { ...plain, notifications: { removal: true, priority: true } };
  test.each<[string, Notified, EventRecord, string | undefined]>([
    ["active", plain, entering("active"), 'INSTANCE "VI_1" MASTER 90'],
    ["fault", plain, entering("fault"), 'INSTANCE "VI_1" FAULT 90'],
    ["of a group", { ...plain, name: "VG", isGroup: true }, entering("backup"), 'GROUP "VG" BACKUP 0'],
    ["shutdown", plain, shutdown(), 'INSTANCE "VI_1" STOP 90'],
    ["a stall is no end", plain, entering("initialize", "stalled"), undefined],
    ["removed", plain, removal, 'INSTANCE "VI_1" FAULT 90'],
    ["removed, told as such", wordy, removal, 'INSTANCE "VI_1" DELETED 90'],
    ["a lower priority", plain, lowerHeard, 'INSTANCE "VI_1" MASTER_RX_LOWER_PRI 90'],
    ["a priority", plain, priorityMoved, undefined],
    ["a priority, told of", wordy, priorityMoved, 'INSTANCE "VI_1" BACKUP_PRIORITY 60'],
    ["what cannot be read", plain, record("transition", { to: 7 }), undefined],
  ])("%s", (_what, notified, event, line) => {
    expect(fifoLine(notified, event)).toBe(line);
  });
});

describe("the words of a mail (keepalived X8)", () => {
  const mailing: Notified = { name: "VI_1", handlers: {}, notifications: { mail: true } };
  test.each<[string, Notified, EventRecord, string | undefined, string | undefined]>([
    [
      "active",
      mailing,
      entering("active"),
      "[lb] VRRP Instance VI_1 - Entering MASTER state",
      "=> VRRP Instance is now owning VRRP VIPs <=\n",
    ],
    [
      "fault of a group",
      { ...mailing, isGroup: true },
      entering("fault"),
      "[lb] VRRP Group VI_1 - Entering FAULT state",
      "=> All VRRP group instances are now in FAULT state <=\n",
    ],
    ["shutdown", mailing, shutdown(), "[lb] VRRP Instance VI_1 - Stopping", "=> VRRP Instance stopping <=\n"],
    ["nobody asked", { ...mailing, notifications: {} }, entering("active"), undefined, undefined],
    ["no change of state", mailing, lowerHeard, undefined, undefined],
    [
      "removed, told as such",
      { ...mailing, notifications: { mail: true, removal: true } },
      removal,
      undefined,
      undefined,
    ],
  ])("%s", (_what, notified, event, subject, text) => {
    const mail = mailText(notified, event);
    expect([mail?.subject, mail?.text]).toEqual([subject, text]);
  });
});

describe("handlers of what is not a state", () => {
  const source = { file: "f", line: 1 };
  const handlers = {
    lowerPriority: { argv: ["/h/lower"], source },
    deleted: { argv: ["/h/gone"], source },
    fault: { argv: ["/h/fault"], source },
    any: { argv: ["/h/any"], source },
  };
  const run = (event: EventRecord, notifications: Notified["notifications"] = undefined) => {
    const read = readEvent(event);
    if (read === undefined) throw new Error("cannot be read");
    return invocationsFor({ name: "VI_1", handlers, notifications }, read).map(({ argv }) => argv.join(" "));
  };

  test("are read from the file", () => {
    const result = instance("notify_master_rx_lower_pri /h/lower\nnotify_deleted /h/gone");
    expect(result.diagnostics).toEqual([]);
    expect(router(result)?.handlers).toMatchObject({
      lowerPriority: { argv: ["/h/lower"] },
      deleted: { argv: ["/h/gone"] },
    });
    expect(router(result)?.notifications).toEqual({ removal: true });
    expect(router(instance("notify_deleted"))).toMatchObject({
      handlers: {},
      notifications: { removal: true },
    });
  });

  test("run for it alone", () => {
    expect(run(lowerHeard)).toEqual(["/h/lower"]);
    expect(run(priorityMoved)).toEqual([]);
    expect(run(removal)).toEqual(["/h/fault", "/h/any INSTANCE VI_1 FAULT 90"]);
    expect(run(removal, { removal: true })).toEqual(["/h/gone", "/h/any INSTANCE VI_1 DELETED 90"]);
  });

  test("are told whom the router heard", () => {
    const event = readEvent(lowerHeard);
    if (event === undefined) throw new Error("cannot be read");
    expect(handlerEnvironment({ IFS: " " }, lowerHeard, event, false)).toMatchObject({
      ...{ UNDERSTUDY_SOURCE: "10.0.0.1", UNDERSTUDY_SOURCE_PRIORITY: "50", UNDERSTUDY_PRIORITY: "90" },
    });
  });
});

describe("observations", () => {
  function watching() {
    const seen: Observation[] = [];
    const observe = createObserver(undefined, (each) => seen.push(each));
    const hear = (at: number, priority: number, standing: Standing) => {
      const advertisementInterval = centiseconds(100);
      const fact: Fact = {
        type: "advert.received",
        at: microseconds(at),
        source: "10.0.0.1",
        priority,
        advertisementInterval,
      };
      observe(fact, standing, standing);
    };
    return { seen, observe, hear };
  }
  const active: Standing = { state: "active", effectivePriority: 90 };

  test("a lower priority heard while active, once a second; no resignation, nothing as an owner or backup", () => {
    const { seen, hear } = watching();
    for (const at of [0, 999_999, 1_000_000]) hear(at, 50, active);
    hear(9_000_000, 0, active);
    hear(9_000_000, 50, { ...active, effectivePriority: 255 });
    hear(9_000_000, 50, { ...active, state: "backup" });
    expect(seen).toHaveLength(2);
    expect(seen.map(describeObservation)[0]).toBe(
      "10.0.0.1 is active as well, with priority 50 below our 90",
    );
  });

  test("another effective priority, as backup or active", () => {
    const { seen, observe } = watching();
    const fact: Fact = { type: "tracker.changed", at: microseconds(5), tracker: "file load", reading: 3 };
    observe(fact, active, { ...active, effectivePriority: 60 });
    observe(fact, active, { state: "fault", effectivePriority: 60 });
    expect(seen.map(describeObservation)).toEqual(["priority 90 -> 60 while active"]);
  });
});
