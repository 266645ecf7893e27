/** keepalived's options: what a unit file may say, and what becomes of it. */

import { describe, expect, test } from "vitest";
import { readKeepalivedOptions } from "../../services/cli/keepalived-options.ts";

const read = (line: string) => readKeepalivedOptions(line.split(" ").filter(Boolean), "1.2.3");
const run = {
  kind: "run",
  file: "/etc/keepalived/keepalived.conf",
  pidFile: "/run/keepalived.pid",
  forks: true,
};

describe("keepalived's command line", () => {
  test.each([
    ["", run],
    ["-n", { ...run, forks: false }],
    ["--dont-fork", { ...run, forks: false }],
    ["-n -l -P -D -f /x.conf", { ...run, forks: false, file: "/x.conf" }],
    [
      "-nlPD --use-file=/x.conf -p /run/x.pid -r /run/v.pid",
      { ...run, forks: false, file: "/x.conf", pidFile: "/run/x.pid" },
    ],
    ["-n -i one", { ...run, forks: false, configId: "one" }],
    ["-t -f /x.conf", { kind: "test", file: "/x.conf" }],
    ["--config-test=/tmp/log -f /x.conf -i a", { kind: "test", file: "/x.conf", configId: "a" }],
    ["-v", { kind: "print", text: "Understudy v1.2.3, in place of Keepalived" }],
    ["--signum=RELOAD", { kind: "print", text: "1" }],
    ["--signum=STOP", { kind: "print", text: "15" }],
    ["--signum=DATA", { kind: "print", text: "10" }],
  ])("%j", (line, action) => {
    expect(read(line)).toEqual({ action, remarks: [] });
  });

  test.each([
    ["-n -d", /--dump-conf changes nothing: SIGUSR1/u],
    ["-n -S 3", /--log-facility changes nothing/u],
    ["-n -x", /--snmp changes nothing/u],
  ])("%j runs and says what changes nothing", (line, remark) => {
    const { action, remarks } = read(line);
    expect(action).toEqual({ ...run, forks: false });
    expect(remarks).toEqual([expect.stringMatching(remark)]);
  });

  test.each([
    ["-n -s red", /ip netns exec/u],
    ["-n -V", /always withdrawn/u],
    ["-C", /health checks are not built/u],
    ["--signum=DANCE", /no signal is called DANCE/u],
    ["--frobnicate", /Unknown option '--frobnicate'/u],
    ["-f", /argument missing/u],
    ["file", /Unexpected argument 'file'/u],
  ])("%j is refused with a reason", (line, reason) => {
    expect(read(line).action).toEqual({ kind: "refuse", reason: expect.stringMatching(reason) });
  });
});
