/** understudy.yaml: what it means, what is said where it is wrong, and that writing and reading agree. */

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "../../services/config/diagnostics.ts";
import type { LoadResult } from "../../services/config/load.ts";
import { renderSchema, schemaFile } from "../conformance/schema.ts";
import { keepalivedFiles, nativeExample, readFile, readYaml } from "../support/native-config.ts";

const said = (result: LoadResult) => result.diagnostics.map(({ severity, code }) => `${severity} ${code}`);

const printed = (result: LoadResult) =>
  result.diagnostics.map((each) => formatDiagnostic(each, { sourceLine: result.sourceLine(each) }));

/** A router with all it needs, and `lines` behind, indented by four. */
const router = (lines = "", head = "") =>
  readYaml(`${head}routers:
  - name: VI_1
    interface: eth0
    virtualRouterId: 51
    addresses: [10.0.0.1/24]
${lines}`);

describe("a file in native form", () => {
  test("needs no more than name, interface, VRID and addresses; the rest is as in keepalived.conf", () => {
    const native = router();
    const keepalived = readFile(keepalivedFiles().find((path) => basename(path) === "ok.conf") ?? "");
    expect(said(native)).toEqual([]);
    const [ours] = native.config?.routers ?? [];
    const [theirs] = keepalived.config?.routers ?? [];
    expect(Object.keys(ours ?? {}).toSorted()).toEqual(Object.keys(theirs ?? {}).toSorted());
    expect(ours).toMatchObject({
      ...{ version: 2, priority: 100, advertisementInterval: 100, preempt: true, preemptDelay: 0 },
      ...{ announcements: { repeat: 5, secondBurstDelay: 500 }, trackedInterfaces: ["eth0"] },
      addresses: [{ address: "10.0.0.1", prefixLength: 24, interface: "eth0" }],
      source: { file: "understudy.yaml", line: 2 },
    });
  });

  test("the example of the documentation is one, and says what it seems to say", () => {
    const result = readFile(nativeExample);
    expect(said(result)).toEqual([]);
    expect(result.config?.node).toBe("lb1");
    expect(result.config?.trackers).toMatchObject([
      {
        kind: "script",
        command: { argv: ["killall", "-0", "haproxy"] },
        interval: 2000,
        timeout: 2000,
        fall: 3,
      },
    ]);
    expect(result.config?.routers).toMatchObject([
      {
        ...{ priority: 150, authentication: { type: "pass", password: [0x31, 0x31, 0x31, 0x31] } },
        tracked: [{ kind: "script", name: "haproxy", weight: -60, isReversed: false }],
        handlers: { active: { argv: ["/etc/understudy/notify.sh", "active"], source: { line: 15 } } },
      },
    ]);
    expect(readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8")).toContain(
      readFileSync(nativeExample, "utf8").split("\n").slice(1).join("\n"),
    );
  });

  test("durations have units", () => {
    expect(
      router("    version: 3\n    advertisementInterval: 250ms\n    preemptDelay: 1.5m\n").config?.routers,
    ).toMatchObject([{ advertisementInterval: 25, preemptDelay: 9000 }]);
    expect(said(router("    preemptDelay: 5\n"))).toEqual(["error invalid-value"]);
    expect(said(router("    preemptDelay: 15ms\n"))).toEqual(["error invalid-value"]);
    expect(said(router("    preemptDelay: 2h\n"))).toEqual(["error invalid-value"]);
    expect(said(router("    advertisementInterval: 500ms\n"))).toEqual(["error advert-int-rounded"]);
  });

  test("a password is what stands there, number or not, and is never printed", () => {
    const written = router("    authentication: { type: pass, password: 0123 }\n");
    expect(written.config?.routers).toMatchObject([
      { authentication: { password: [0x30, 0x31, 0x32, 0x33] } },
    ]);
    const long = router("    authentication:\n      type: pass\n      password: verysecret\n");
    expect(said(long)).toEqual(["error password-too-long"]);
    expect(printed(long).join()).not.toContain("verysecret");
    const misspelt = router("    authentication:\n      type: pass\n      pasword: verysecret\n");
    expect(said(misspelt)).toEqual(["error missing-key", "error unknown-key"]);
    expect(printed(misspelt).join()).not.toContain("verysecret");
    expect(
      router("    authentication: { type: header, password: { hex: fffe } }\n").config?.routers,
    ).toMatchObject([{ authentication: { type: "header", password: [255, 254] } }]);
  });

  test("a map takes over what another says with <<, and an alias repeats a value", () => {
    const { config, diagnostics } = readYaml(`routers:
  - &first
    name: VI_1
    interface: eth0
    virtualRouterId: 51
    addresses: &list [10.0.0.1/24]
  - <<: *first
    name: VI_2
    virtualRouterId: 52
    addresses: [10.0.0.2/24]
`);
    expect(diagnostics).toEqual([]);
    expect(config?.routers).toMatchObject([
      { interface: "eth0" },
      { interface: "eth0", virtualRouterId: 52 },
    ]);
  });

  test("a virtual MAC's interface gets the next free name, and carries the addresses", () => {
    expect(router("    virtualMac: true\n").config?.routers).toMatchObject([
      {
        virtualMac: { interface: "vrrp.51", advertsOnParent: false },
        addresses: [{ interface: "vrrp.51" }],
        trackedInterfaces: ["eth0", "vrrp.51"],
      },
    ]);
  });
});

describe("what is wrong is said with its place", () => {
  test("a misspelt key, with the one that was meant", () => {
    expect(printed(router("    virtualRouterIdd: 52\n"))).toEqual([
      [
        "understudy.yaml:6:5: error: unknown key `virtualRouterIdd` [unknown-key]",
        "    virtualRouterIdd: 52",
        "    ^",
        "hint: did you mean `virtualRouterId`?",
      ].join("\n"),
    ]);
  });

  test("a value that is none", () => {
    expect(printed(router("    priority: 256\n"))).toEqual([
      [
        "understudy.yaml:6:15: error: `priority` must be at most 255 [invalid-value]",
        "    priority: 256",
        "              ^",
      ].join("\n"),
    ]);
  });

  test.each([
    ["    advert_int: 1s\n", 6, "unknown-key", "here it is `advertisementInterval`"],
    ["    priorty: 100\n", 6, "unknown-key", "did you mean `priority`?"],
    ["    handlers:\n      active: /bin/true\n", 7, "invalid-value", undefined],
    ["    handlers:\n      actve: [/bin/true]\n", 7, "unknown-key", "did you mean `active`?"],
    [
      "    handlers:\n      active: { argv: [/bin/true], runas: { user: nobody } }\n",
      7,
      "unknown-key",
      "did you mean `runAs`?",
    ],
    ["    tracked:\n      - { script: chk, wieght: 3 }\n", 7, "unknown-key", "did you mean `weight`?"],
    ["    tracked:\n      - script: chk\n", 7, "unknown-tracker", undefined],
    ["    preempt: yes\n", 6, "invalid-value", undefined],
    [
      "    preempt: false\n    preemptDelay: 5s\n",
      7,
      "preempt-delay-cleared",
      "remove preemptDelay or `preempt: false`",
    ],
    [
      "    version: 3\n    authentication: { type: pass, password: x }\n",
      7,
      "authentication-ignored",
      undefined,
    ],
    ["    unicast: { peers: [10.0.0.300] }\n", 6, "invalid-value", undefined],
    ["    unicast: { peers: [fe80::1] }\n", 6, "mixed-families", undefined],
    ["    priority: 1\n    priority: 2\n", 7, "duplicate-key", "remove one of the two"],
    ["    interface: *nowhere\n", 6, "unknown-anchor", undefined],
    ["    preempt: [\n", 6, "invalid-yaml", undefined],
    [
      "    routing:\n      rules:\n        - { preference: 5, from: 10.0.0.0/8 }\n",
      8,
      "invalid-value",
      undefined,
    ],
    [
      "    routing:\n      routes:\n        - { gateway: 10.0.0.9 }\n",
      8,
      "missing-key",
      "add `destination:`",
    ],
    ["  - interface: eth0\n", 6, "missing-key", "add `name:`"],
    ["---\nrouters: []\n", 6, "invalid-yaml", undefined],
  ])("%j: line %i, %s", (lines, line, code, suggestion) => {
    const found = router(lines).diagnostics.find((each) => each.code === code);
    expect(found).toMatchObject({ severity: "error", location: { file: "understudy.yaml", line } });
    expect(found?.suggestion).toBe(suggestion);
  });

  test("what two routers must not share is checked as in keepalived.conf, in the words of this form", () => {
    const result = router(`  - name: VI_2
    interface: eth0
    virtualRouterId: 51
    addresses: [10.0.0.1/24]
`);
    expect(printed(result)).toEqual([
      [
        "understudy.yaml:8:22: error: VI_1 and VI_2 both use VRID 51 on eth0 [duplicate-virtual-router-id]",
        "    virtualRouterId: 51",
        "                     ^",
        "hint: give each router of an interface its own virtualRouterId",
      ].join("\n"),
      expect.stringContaining("understudy.yaml:9:17: warning: `10.0.0.1` is also an address of VI_1"),
    ]);
  });

  test("a file that is no UTF-8, too deep, too repetitive or holds nothing ends with a diagnostic", () => {
    const bytes = (text: string) => readYaml(Buffer.from(text, "latin1").toString("utf8"));
    expect(said(bytes("\u00ff"))).not.toEqual([]);
    expect(said(readYaml(`routers: ${"[".repeat(5000)}`))).not.toEqual([]);
    expect(said(readYaml(`routers: ${"[".repeat(40)}${"]".repeat(40)}`))).toContain("error invalid-yaml");
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level++) {
      bomb.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
    }
    expect(said(readYaml(bomb.join("\n")))).toContain("error invalid-yaml");
    expect(said(readYaml("a: &a [*a]\n"))).toContain("error invalid-yaml");
    expect(said(readYaml(""))).toEqual(["warning no-router"]);
    expect(said(readYaml("routers: []\n"))).toEqual(["warning no-router"]);
    expect(said(readYaml("just text"))).toEqual(["error invalid-value"]);
  });
});

test("docs/understudy.schema.json is what `npm run schema` makes", () => {
  expect(readFileSync(schemaFile, "utf8")).toBe(renderSchema());
});

test("a router that wants mail of a node that sends none is told so in the words of this form", () => {
  const [text = ""] = printed(router("    notifications: { mail: true }"));
  expect(text).toContain("`notifications.mail` of the node is missing");
  expect(text).not.toMatch(/smtp_|global_defs|keepalived/u);
});
