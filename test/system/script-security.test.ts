/** enable_script_security beside keepalived: root runs nothing that others may write, and the router goes on without it. */

import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import { quick } from "../support/pair-quick.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

test.each(["understudy", "keepalived"] as const)(
  "%s does not run a check script out of a folder that everybody may write, and serves without it",
  async (kind) => {
    pair = await openPair({
      kinds: [kind, kind],
      settings: [{ ...quick, more: ["track_script {", "chk", "}"] }, quick],
    });
    const { a, directory } = pair;
    const open = join(directory, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    const script = join(open, "check");
    const trace = join(directory, "ran");
    writeFileSync(script, `#!/bin/sh\ntouch ${trace}\nexit 1\n`);
    chmodSync(script, 0o755);
    const globals = ["global_defs {", "enable_script_security", "script_user root", "}"];
    a.configure({ before: [...globals, "vrrp_script chk {", `script ${script}`, "interval 1", "}"] });
    const started = now();
    a.start();
    await a.awaitLog(/Disabling track script chk/u);
    await pair.awaitAdvert("a", started);
    expect(a.log.join("\n")).toMatch(/Unsafe permissions found for script '.*check'/u);
    expect(existsSync(trace)).toBe(false);
  },
);
