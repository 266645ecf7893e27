/** What the daemon makes of an operator's commands: what is refused and why, what is written down, what is kept in the file. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import { commandEventSchema } from "../../contracts/events/commands.ts";
import { describeRecord } from "../../services/client/describe.ts";
import { createDesk } from "../../services/desk.ts";
import { maintenanceFile } from "../../services/maintenance-file.ts";
import { createOperator } from "../../services/operator.ts";
import { type Supervisor, superviseRouters } from "../../services/supervisor.ts";
import { exampleRouter, fakeClock, fakePorts, fakeRecorder } from "../support/fake-ports.ts";

const asked = { by: { user: "root", uid: 0, pid: 7, sudoUser: "ada" }, reason: null };

let directory = "";
const closing: Supervisor[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "understudy-operator-"));
});
afterEach(() => {
  for (const supervisor of closing.splice(0)) supervisor.stop();
  rmSync(directory, { recursive: true });
});

/** A node with VI_1, VI_2, ... as the changes say, all of them active. */
function node(changes: readonly Partial<VirtualRouterConfig>[], path = join(directory, "maintenance.json")) {
  const configs = changes.map((change, index) => ({
    ...{ ...exampleRouter, name: `VI_${index + 1}`, virtualRouterId: 51 + index },
    ...change,
  }));
  const [clock, recorder, ports] = [fakeClock(), fakeRecorder(), fakePorts()];
  const desk = createDesk(clock);
  const groups = new Set(configs.flatMap(({ syncGroup }) => syncGroup ?? []));
  let supervisor: Supervisor | undefined;
  const operator = createOperator({
    ...{ clock, desk, recorder, onRecord: () => undefined, onUnrecorded: () => undefined },
    ...{ supervisor: () => supervisor, configured: () => configs, file: maintenanceFile(path) },
  });
  supervisor = superviseRouters({
    ...{ configs, clock, desk, recorder, ports },
    syncGroups: [...groups].map((name) => ({
      ...{ name, handlers: {} },
      members: configs.filter((each) => each.syncGroup === name).map((each) => each.name),
    })),
    introduce: (router) => {
      router.dispatch({ type: "primaryAddress.changed", at: clock.monotonic(), address: "10.0.0.1" });
      operator.introduce(router);
    },
    ...{ onRecord: () => undefined, onUnrecorded: () => undefined, onNotice: () => undefined },
  });
  closing.push(supervisor);
  supervisor.start();
  const routers = () => [...(supervisor?.routers() ?? [])];
  for (const router of routers()) {
    const armed = router.memory().timers.activeDownTimer;
    if (armed === undefined) continue;
    const { dueAt, generation } = armed;
    clock.set(dueAt);
    const at = clock.monotonic();
    router.dispatch({ type: "activeDownTimer.expired", at, dueAt: at, generation });
  }
  recorder.records.length = 0;
  return {
    ...{ operator, recorder, routers },
    states: () => routers().map((router) => router.state()),
  };
}

describe("a handover", () => {
  it("of a member of a sync group takes all of it along, and all of it is the command's story", () => {
    const { operator, states, recorder } = node([{ syncGroup: "VG" }, { syncGroup: "VG" }, {}]);
    expect(states()).toEqual(["active", "active", "active"]);
    const answer = operator.perform({ command: "handover", router: "VI_2", ...asked });
    expect(answer).toMatchObject({ outcome: "accepted", routers: ["VI_1", "VI_2"] });
    expect(answer.sentence).toContain("with its sync group VG (VI_1, VI_2)");
    expect(states()).toEqual(["backup", "backup", "active"]);
    const [command] = recorder.records;
    const transitions = recorder.records.filter((record) => record.class === "transition");
    expect(transitions.map(({ router }) => router)).toEqual(expect.arrayContaining(["VI_1", "VI_2", "VG"]));
    for (const { correlationId, causationId } of transitions)
      expect([correlationId, causationId]).toEqual([command?.id, command?.id]);
  });

  it.each([
    ["an owner", [{ priority: 255 }], "VI_1", "owner"],
    ["a member beside an owner", [{ syncGroup: "VG" }, { syncGroup: "VG", priority: 255 }], "VI_1", "owner"],
    ["a router that is not there", [{}], "VI_7", "unknownRouter"],
  ] as const)("of %s is refused, written down, and touches nobody", (_title, changes, router, refusal) => {
    const { operator, states, recorder } = node(changes);
    const before = states();
    const answer = operator.perform({ command: "handover", router, ...asked });
    expect(answer).toMatchObject({ outcome: "refused", refusal });
    expect(states()).toEqual(before);
    const [record, ...more] = recorder.records;
    expect(more).toEqual([]);
    expect(record?.router).toBe(refusal === "unknownRouter" ? "_node" : "VI_1");
    expect(commandEventSchema.parse(record?.body)).toMatchObject({ outcome: "refused", refusal });
    expect(record && describeRecord(record)).toContain("root (ada by sudo) asked for handover: refused: ");
  });
});

describe("maintenance", () => {
  it("holds all routers, owners too, is there for those that start later, and asked for twice stays as it was", () => {
    const { operator, states } = node([{}, { priority: 255 }]);
    operator.perform({ command: "maintenance", on: true, ...asked, reason: "new disk" });
    expect(states()).toEqual(["backup", "backup"]);
    const later = node([{ priority: 255 }]);
    expect(later.states()).toEqual(["backup"]);
    expect(later.operator.maintenance()).toMatchObject({ reason: "new disk", by: asked.by });
    const twice = later.operator.perform({ command: "maintenance", on: true, ...asked, reason: "another" });
    expect(twice).toMatchObject({ outcome: "accepted", sentence: expect.stringContaining(": new disk") });
    later.operator.perform({ command: "maintenance", on: false, ...asked });
    expect(existsSync(join(directory, "maintenance.json"))).toBe(false);
    expect(node([{ priority: 255 }]).states()).toEqual(["active"]);
  });

  it("that cannot be kept is refused, and changes nothing", () => {
    const { operator, states } = node([{}], join(directory, "absent", "maintenance.json"));
    const answer = operator.perform({ command: "maintenance", on: true, ...asked });
    expect(answer).toMatchObject({ outcome: "refused", refusal: "notKept" });
    expect(answer.sentence).toContain("ENOENT");
    expect([...states(), operator.maintenance()]).toEqual(["active", undefined]);
  });

  it("holds after a torn file, too", () => {
    writeFileSync(join(directory, "maintenance.json"), '{"since":');
    const { operator, states } = node([{ priority: 255 }]);
    expect(states()).toEqual(["backup"]);
    expect(operator.maintenance()?.reason).toContain("cannot be read");
  });
});

describe("a priority", () => {
  it("counts at once, is kept for a reload, and goes when the router is gone or owns its addresses", () => {
    const { operator, routers } = node([{}, {}]);
    for (const router of ["VI_1", "VI_2"])
      operator.perform({ command: "priority", router, priority: 77, ...asked });
    expect(routers().map((each) => each.memory().effectivePriority)).toEqual([77, 77]);
    expect(operator.priorityByHand("VI_1")).toEqual({ priority: 77, configured: 51 });
    expect(operator.adjust({ ...exampleRouter, priority: 120 }).priority).toBe(77);
    expect(operator.keep([{ ...exampleRouter, priority: 120 }])).toEqual([
      "VI_1 keeps priority 77, set by hand; the file says 120",
    ]);
    expect(operator.priorityByHand("VI_2")).toBeNull();
    expect(operator.keep([{ ...exampleRouter, priority: 255 }])).toEqual([]);
    expect(operator.adjust({ ...exampleRouter, priority: 255 }).priority).toBe(255);
  });

  it("of an owner is refused; --reset goes back to the file's, and is none where none was set", () => {
    const { operator, routers } = node([{}, { priority: 255 }]);
    const refused = operator.perform({ command: "priority", router: "VI_2", priority: 100, ...asked });
    expect(refused).toMatchObject({ outcome: "refused", refusal: "owner" });
    operator.perform({ command: "priority", router: "VI_1", priority: 9, ...asked });
    for (const sentence of ["the file again, 51 instead of 9", "has the priority of the file, 51"]) {
      const reset = operator.perform({ command: "priority", router: "VI_1", priority: null, ...asked });
      expect(reset).toMatchObject({ outcome: "accepted", sentence: expect.stringContaining(sentence) });
    }
    expect(routers().map((each) => each.memory().effectivePriority)).toEqual([51, 255]);
  });
});
