/** Handlers: which run, with what (keepalived X1, X2, X4), and how their end is told. */

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handlers } from "../../contracts/config/schema.ts";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { runProgram } from "../../services/io/run-program.ts";
import {
  handlerEnvironment,
  invocationsFor,
  type NotifiedTransition,
} from "../../services/notify/commands.ts";
import { createSlots } from "../../services/notify/slots.ts";

/** Milliseconds; nothing here runs as long. */
const patience = { time: 30_000 };
const source = { file: "keepalived.conf", line: 1 };
const handlers: Handlers = {
  active: { argv: ["/h/active", "with words"], source },
  backup: { argv: ["/h/backup"], source },
  fault: { argv: ["/h/fault"], source },
  stop: { argv: ["/h/stop"], source },
  any: { argv: ["/h/any", "first"], source },
};

function transition(to: NotifiedTransition["to"], reason: string): NotifiedTransition {
  return { from: "backup", to, reason, context: { effectivePriority: 90, activeAddress: "10.0.0.9" } };
}

describe("the handlers of a transition", () => {
  test.each([
    ["active", "noResponse", "/h/active", "MASTER"],
    ["backup", "higherPriority", "/h/backup", "BACKUP"],
    ["fault", "faultRaised", "/h/fault", "FAULT"],
    ["initialize", "shutdown", "/h/stop", "STOP"],
  ] as const)(
    "to %s (%s): the state's own first, then the one for all with four more arguments",
    (to, reason, own, word) => {
      const [first, second, ...rest] = invocationsFor(
        { name: "VI_1", handlers: handlers },
        transition(to, reason),
      );
      expect(first?.argv[0]).toBe(own);
      expect(second).toEqual({ handler: "any", argv: ["/h/any", "first", "INSTANCE", "VI_1", word, "90"] });
      expect(rest).toEqual([]);
    },
  );

  test("nothing is appended to the state's own words, and what is not configured does not run", () => {
    expect(
      invocationsFor(
        { name: "VI_1", handlers: { active: handlers.active } },
        transition("active", "preempted"),
      ),
    ).toEqual([{ handler: "active", argv: ["/h/active", "with words"] }]);
    expect(invocationsFor({ name: "VI_1", handlers: {} }, transition("active", "preempted"))).toEqual([]);
    expect(invocationsFor({ name: "VI_1", handlers: handlers }, transition("initialize", "stalled"))).toEqual(
      [],
    );
  });

  test("the environment is inherited without IFS, LD_PRELOAD and LD_LIBRARY_PATH, and says what happened", () => {
    const record = {
      id: "n/VI_1/0/3",
      node: "n",
      router: "VI_1",
      time: "t",
      correlationId: "n/VI_1/0/2",
    } as EventRecord;
    const inherited = { PATH: "/bin", IFS: "x", LD_PRELOAD: "x", LD_LIBRARY_PATH: "x" };
    expect(handlerEnvironment(inherited, record, transition("active", "noResponse"), true)).toEqual({
      PATH: "/bin",
      UNDERSTUDY_EVENT_ID: "n/VI_1/0/3",
      UNDERSTUDY_CORRELATION_ID: "n/VI_1/0/2",
      UNDERSTUDY_TIME: "t",
      UNDERSTUDY_NODE: "n",
      UNDERSTUDY_ROUTER: "VI_1",
      UNDERSTUDY_FROM: "backup",
      UNDERSTUDY_TO: "active",
      UNDERSTUDY_REASON: "noResponse",
      UNDERSTUDY_PRIORITY: "90",
      UNDERSTUDY_ACTIVE_ADDRESS: "10.0.0.9",
      UNDERSTUDY_REDELIVERED: "1",
    });
  });
});

describe("running a handler", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "understudy-handler-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function script(text: string): string {
    const path = join(directory, "handler");
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    return path;
  }

  test("words reach the program as they are, without a shell", async () => {
    const out = join(directory, "out");
    const path = script(`#!/bin/sh\nprintf '%s|' "$@" > ${out}\nexit 3\n`);
    const run = await runProgram([path, "a b", "$HOME;ls", "*"], { PATH: "/usr/bin:/bin" }, patience);
    expect(run).toMatchObject({ status: 3, signal: null, timedOut: false, problem: undefined });
    expect(readFileSync(out, "utf8")).toBe("a b|$HOME;ls|*|");
  });

  test("a missing script is told in keepalived's words", async () => {
    const path = join(directory, "absent");
    const run = await runProgram([path], {}, patience);
    expect(run.problem).toBe(`Script ${path} cannot be accessed - No such file or directory`);
    const bare = await runProgram(["understudy-no-such-program"], { PATH: "/usr/bin" }, patience);
    expect(bare.problem).toBe(
      "Script understudy-no-such-program cannot be accessed - No such file or directory",
    );
  });

  test("it runs as the user and group it is given; one that the host does not know is told", async () => {
    const out = join(directory, "out");
    const path = script(`#!/bin/sh\nid -un > ${out}; id -gn >> ${out}\n`);
    chmodSync(directory, 0o777);
    const environment = { PATH: "/usr/bin:/bin" };
    expect(await runProgram([path], environment, patience, { runAs: { user: "nobody" } })).toMatchObject({
      status: 0,
    });
    expect(readFileSync(out, "utf8")).toBe("nobody\nnogroup\n");
    rmSync(out);
    await runProgram([path], environment, patience, { runAs: { user: "nobody", group: "daemon" } });
    expect(readFileSync(out, "utf8")).toBe("nobody\ndaemon\n");
    const unknown = await runProgram([path], environment, patience, { runAs: { user: "no-such-user" } });
    expect(unknown.problem).toBe(`Script ${path} cannot be run - there is no user no-such-user`);
  });

  test("a script that may not be executed is told so", async () => {
    const path = join(directory, "plain");
    writeFileSync(path, "#!/bin/sh\n", { mode: 0o644 });
    expect((await runProgram([path], {}, patience)).problem).toBe(
      `Script ${path} cannot be run - Permission denied`,
    );
  });

  test("beyond the time limit its whole process group is told to end", async () => {
    const out = join(directory, "out");
    const path = script(`#!/bin/sh\ntrap 'echo ended > ${out}; exit 0' TERM\nsleep 60 & wait\n`);
    const run = await runProgram([path], { PATH: "/usr/bin:/bin" }, { time: 300, kill: 10_000 });
    expect(run).toMatchObject({ status: 0, timedOut: true });
    expect(readFileSync(out, "utf8")).toBe("ended\n");
  });

  test("one that does not listen is killed", async () => {
    const path = script("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n");
    const run = await runProgram([path], { PATH: "/usr/bin:/bin" }, { time: 100, kill: 200 });
    expect(run).toMatchObject({ status: null, signal: "SIGKILL", timedOut: true });
  });

  test("no more than the given number run at once", async () => {
    const slots = createSlots(2);
    let running = 0;
    let most = 0;
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    await Promise.all(Array.from({ length: 9 }, () => slots.use(work)));
    expect([most, running]).toEqual([2, 0]);
  });
});
