/** The rules of keepalived's language that no other file of tests is about; and that each rule has a test. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "../../services/config/diagnostics.ts";
import { hostProbes } from "../../services/config/host.ts";
import { loadConfigSliced } from "../../services/config/load.ts";
import { codes, instance, read, router } from "../support/config-text.ts";

describe("rules of the language", () => {
  test("blocks with an entry a line take one entry a line; `group` takes several (P5)", () => {
    const crowded = read(
      "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress { 10.0.0.1/24 10.0.0.2/24 }\n}\n",
    );
    // keepalived says "Unknown configuration entry" and runs without the second address.
    expect(crowded.diagnostics.map(({ location }) => location.line)).toEqual([4]);
    expect(crowded.config).toBeUndefined();
  });

  test("an undefined name in braces is told where it stands, and its braces close nothing (P8)", () => {
    const undefinedName = `$${"{NOWHERE}"}`;
    const result = instance(`priority ${undefinedName}\nadvert_int 2`);
    expect(result.config).toBeUndefined();
    expect(result.diagnostics.map(({ location }) => location.line)).toEqual(result.diagnostics.map(() => 7));
    expect(codes(result).filter((code) => /brace|unexpected/u.test(code))).toEqual([]);
    expect(instance(`notify_master "/a.sh ${undefinedName}"`).config).toBeDefined();
  });

  test.each(["priority", "interface", "router_id", "notify_master"])(
    "`%s` without its value is an error with its line, and keepalived's exit code is told (P9)",
    (keyword) => {
      const text = keyword === "router_id" ? "global_defs {\nrouter_id\n}\n" : "";
      const result = keyword === "router_id" ? instance("", text) : instance(keyword);
      const found = result.diagnostics.find(({ code }) => code === "missing-parameter");
      expect(found).toMatchObject({
        severity: "error",
        keepalived: expect.stringContaining("missing a parameter"),
      });
      expect(found?.location.line).toBe(keyword === "router_id" ? 2 : 7);
    },
  );

  test("each error is said once, with file, line and column in front (P15)", () => {
    const result = instance("priority 300");
    expect(result.diagnostics).toHaveLength(1);
    const [found] = result.diagnostics;
    expect(found && formatDiagnostic(found, { sourceLine: "priority 300" })).toMatch(/^f:7:10: error/u);
  });

  test("times are decimal seconds within bounds that the diagnostic names (P17)", () => {
    expect(router(instance("version 3\nadvert_int 0.05"))?.advertisementInterval).toBe(5);
    const [found] = instance("advert_int 0").diagnostics;
    expect(found).toMatchObject({ severity: "error", code: "out-of-range", location: { line: 7 } });
    expect(found?.message).toContain("0.01");
  });

  test("a file that is changed while it is read gives no mixture: it is read once (P23)", () => {
    const directory = mkdtempSync(join(tmpdir(), "understudy-config-"));
    const path = join(directory, "keepalived.conf");
    const text = (priority: number) =>
      [1, 2]
        .map(
          (id) =>
            `vrrp_instance VI_${id} {\ninterface eth0\nvirtual_router_id ${id}\npriority ${priority}\nvirtual_ipaddress {\n10.0.0.${id}\n}\n}\n`,
        )
        .join("");
    writeFileSync(path, text(100));
    const reading = loadConfigSliced({ path, hostName: "host" });
    let step = reading.next();
    writeFileSync(path, text(200));
    while (step.done !== true) step = reading.next();
    expect(step.value.config?.routers.map(({ priority }) => priority)).toEqual([100, 100]);
    rmSync(directory, { recursive: true });
  });

  test("a command may be a bare name, which is looked up in PATH (P25)", () => {
    expect(router(instance('notify_master "sh -c true"'))?.handlers.active?.argv).toEqual([
      "sh",
      "-c",
      "true",
    ]);
    expect(hostProbes.scriptStatus("sh")).toBe("runs");
  });
});

test("each rule of the language is named by a test", () => {
  const folder = new URL("./", import.meta.url);
  const texts = readdirSync(folder).flatMap((name) =>
    /^config-.*\.test\.ts$/u.test(name) ? readFileSync(new URL(name, folder), "utf8") : [],
  );
  const named = new Set(texts.flatMap((text) => rulesIn(text)));
  expect(Array.from({ length: 25 }, (_, index) => index + 1).filter((rule) => !named.has(rule))).toEqual([]);
});

/** One rule by itself, or a range of them. */
function rulesIn(text: string): number[] {
  const ranges = [...text.matchAll(/\bP(\d+) to P(\d+)\b/gu)].flatMap(([, first, last]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
  );
  return [...ranges, ...[...text.matchAll(/\bP(\d+)\b/gu)].map(([, rule]) => Number(rule))];
}
