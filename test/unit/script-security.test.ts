/** enable_script_security: what is guarded, what root may run, and what is said beforehand. */

import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkHost, type HostProbes } from "../../services/config/host.ts";
import { defaultScriptUser } from "../../services/io/credentials.ts";
import { runProgram } from "../../services/io/run-program.ts";
import { findUnsafePart } from "../../services/io/script-security.ts";
import { codes, instance, read } from "../support/config-text.ts";
import { readYaml, withoutSources, yamlOf } from "../support/native-config.ts";

const guard = "global_defs {\nenable_script_security\n}\n";
const tracked = 'vrrp_script chk {\nscript "/etc/chk a"\n}\n';
const lines = 'track_script {\nchk\n}\nnotify_master "/etc/active b"';

describe("in a keepalived.conf", () => {
  test("every command is guarded, wherever the word stands", () => {
    for (const text of [instance(lines, guard + tracked), instance(lines, tracked)]) {
      expect(codes(text)).toEqual([]);
    }
    const plain = instance(lines, tracked).config;
    expect(JSON.stringify(plain)).not.toMatch(/guard/iu);
    const { config } = instance(lines, guard + tracked);
    expect(config).toMatchObject({
      guardsScripts: true,
      routers: [{ handlers: { active: { argv: ["/etc/active", "b"], isGuarded: true } } }],
      trackers: [{ command: { argv: ["/etc/chk", "a"], isGuarded: true } }],
    });
    if (config === undefined) return;
    expect(withoutSources(readYaml(yamlOf(config)).config)).toEqual(withoutSources(config));
    const router = "interface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}";
    const behind = read(`vrrp_instance A {\n${router}\nnotify_master /etc/active\n}\n${guard}`).config;
    expect(behind?.routers[0]?.handlers.active?.isGuarded).toBe(true);
  });

  const probes: HostProbes = {
    ...{ interfaceExists: () => true, scriptStatus: () => "runs", isAccount: ({ user }) => user === "root" },
    unsafePart: (path) => (path === "/etc/active" ? "/etc" : undefined),
  };
  const said = (head: string) => {
    const { config } = instance(lines, head + tracked);
    return config && checkHost(config, probes).map(({ code }) => code);
  };

  test("root's scripts that others may write, and scripts without a user, are warned of", () => {
    expect(said("global_defs {\nenable_script_security\nscript_user root\n}\n")).toEqual(["unsafe-script"]);
    expect(said(guard)).toEqual(["no-script-user", "no-script-user"]);
    expect(said("global_defs {\nscript_user root\n}\n")).toEqual([]);
  });

  test("that scripts run as keepalived_script is noted once, where the host has it", () => {
    const { config } = instance(lines, tracked);
    const found = config && checkHost(config, { ...probes, isAccount: () => true });
    expect(found).toMatchObject([{ severity: "note", code: "default-script-user" }]);
  });
});

describe("on the host", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "script-security-"));
    chmodSync(folder, 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function script(name: string, mode = 0o755): string {
    const path = join(folder, name);
    writeFileSync(path, "#!/bin/sh\nexit 0\n");
    chmodSync(path, mode);
    return path;
  }

  test("root's own path is safe, below a sticky folder too", () => {
    expect(findUnsafePart(script("own"))).toBeUndefined();
    expect(findUnsafePart("true")).toBeUndefined();
    expect(findUnsafePart("no-such-program-0")).toBeUndefined();
  });

  test("a file that others may write, or that is another's", () => {
    const open = script("open", 0o757);
    expect(findUnsafePart(open)).toBe(open);
    const another = script("another");
    chownSync(another, 65_534, 0);
    expect(findUnsafePart(another)).toBe(another);
    const group = script("group", 0o775);
    expect(findUnsafePart(group)).toBeUndefined();
    chownSync(group, 0, 65_534);
    expect(findUnsafePart(group)).toBe(group);
  });

  test("a folder that others may write, on the way or behind a link", () => {
    const path = script("own");
    const open = join(folder, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    symlinkSync(path, join(open, "link"));
    expect(findUnsafePart(join(open, "link"))).toBe(open);
    const inside = join(open, "inside");
    writeFileSync(inside, "");
    symlinkSync(inside, join(folder, "way-in"));
    expect(findUnsafePart(join(folder, "way-in"))).toBe(open);
  });

  const run = (program: string, identity: Parameters<typeof runProgram>[3]) =>
    runProgram([program], { PATH: "/usr/bin:/bin" }, { time: 10_000 }, identity);

  test("guarded, root runs what is root's, and nothing else", async () => {
    const [own, open] = [script("own"), script("open", 0o757)];
    const root = { runAs: { user: "root" }, isGuarded: true };
    expect(await run(own, root)).toMatchObject({ status: 0, problem: undefined });
    expect(await run(open, root)).toMatchObject({
      status: null,
      problem: `Unsafe permissions found for script '${open}' (${open}) - disabling.`,
    });
    expect(await run(open, { runAs: { user: "nobody" }, isGuarded: true })).toMatchObject({ status: 0 });
    expect(await run(open, { runAs: { user: "root" } })).toMatchObject({ status: 0 });
  });

  test("guarded, root is no one's default", async () => {
    const { problem } = await run(script("own"), { isGuarded: true });
    // A host that has the account runs the script as that.
    expect(problem).toBe(
      defaultScriptUser() === undefined
        ? "Unable to set default user keepalived_script for script"
        : undefined,
    );
  });
});
