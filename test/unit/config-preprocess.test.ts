/** include, conditions, definitions and sequences of a keepalived.conf (P18 to P22), and the places they leave in diagnostics. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfig, readConfig } from "../../services/config/load.ts";
import { codes, instance, read, router } from "../support/config-text.ts";

const addresses = (lines: string, head = "") =>
  router(instance(`virtual_ipaddress {\n${lines}\n}`, head))?.addresses.map((each) => each.address);

describe("definitions (P18, P19)", () => {
  test("a name is replaced where a blank, a comma, a bracket or the end follows, in braces anywhere", () => {
    const head = "$P=120\n$NET=10.9\n";
    expect(router(instance("priority $P", head))?.priority).toBe(120);
    expect(addresses(`\u0024{NET}.0.1\n\u0024{NET}.0.2/24 dev eth0`, head)).toEqual([
      "10.0.0.1",
      "10.9.0.1",
      "10.9.0.2",
    ]);
    expect(codes(instance("virtual_ipaddress {\n10.0.0.$P/24\n}", head))).toEqual(["error invalid-address"]);
  });

  test("values are replaced where they are used: the last one set counts, and they may use one another", () => {
    const head = "$A=\u0024{B}5\n$B=1\n";
    expect(router(instance("priority $A", head))?.priority).toBe(15);
    expect(router(instance("$B=2\npriority $A", head))?.priority).toBe(25);
    expect(router(instance("priority $A", "$A=\u0024{B}5\n$B=1\n$B=3\n"))?.priority).toBe(35);
  });

  test("inside double quotes too, and the words of a value stay words", () => {
    const head = "$WHO=a b\n";
    const handlers = router(instance('notify_master "/bin/echo $WHO x\u0024{WHO}"', head))?.handlers;
    expect(handlers?.active?.argv).toEqual(["/bin/echo", "a", "b", "xa", "b"]);
  });

  test("a macro of several lines stands for them, with the names as they are then", () => {
    const result = read(`$INST= \\
vrrp_instance VI_\u0024{N} { \\
 interface eth0 \\
 virtual_router_id $N \\
 virtual_ipaddress { \\
  10.0.0.\u0024{N}/24 \\
 } \\
}
~SEQ(N, 3) $INST
`);
    expect(codes(result)).toEqual([]);
    expect(result.config?.routers.map(({ name, virtualRouterId }) => [name, virtualRouterId])).toEqual([
      ["VI_1", 1],
      ["VI_2", 2],
      ["VI_3", 3],
    ]);
  });

  test("built-in names", () => {
    process.env["UNDERSTUDY_TEST_ROUTER"] = "77";
    const lines = "virtual_router_id \u0024{_ENV UNDERSTUDY_TEST_ROUTER}";
    expect(router(instance(lines))?.virtualRouterId).toBe(77);
    const echo = router(
      instance('notify_master "/bin/echo \u0024{_HASH}\u0024{_BANG} \u0024{_INSTANCE}"', "instance one\n"),
    );
    expect(echo?.handlers.active?.argv).toEqual(["/bin/echo", "#!", "one"]);
    for (let round = 0; round < 20; round++)
      expect([5, 6, 7]).toContain(router(instance("priority \u0024{_RANDOM 5 7}"))?.priority);
  });

  test.each([
    ["$A=\u0024{A}", "priority $A", "error recursive-definition"],
    ["$A=\u0024{B}\n$B=\u0024{A}", "priority $A", "error recursive-definition"],
    ["$A=\u0024{A}\u0024{A}", "priority $A", "error recursive-definition"],
    ["$M= \\\npriority 3 \\\n$M", "$M", "error inclusion-too-deep"],
    ["$M= \\\npriority \\\n3", "priority $M", "error macro-in-line"],
    ["", "priority \u0024{_RANDOM 7 5}", "error not-a-number"],
    ["", "~SEQ(X, 1, 0, 3) priority 3", "error invalid-sequence"],
    ["", "~SEQ(X, 1, 9999999999) priority 3", "error invalid-sequence"],
    ["", "~LST({A,B}, {1}) priority 3", "error invalid-sequence"],
  ])("%j then %j ends with a diagnostic: %s", (head, line, code) => {
    expect(codes(instance(line, `${head}\n`))).toContain(code);
  });

  test("a diagnostic about a replaced word points at the name in the file", () => {
    const { diagnostics } = instance("  priority $P", "$P=300\n");
    expect(diagnostics).toMatchObject([{ code: "out-of-range", location: { line: 8, column: 12 } }]);
  });
});

describe("sequences (P20)", () => {
  test.each([
    ["~SEQ(X, 3) 10.0.1.\u0024{X}", ["10.0.1.1", "10.0.1.2", "10.0.1.3"]],
    ["~SEQ(X, 5, 6) 10.0.1.\u0024{X}", ["10.0.1.5", "10.0.1.6"]],
    ["~SEQ(X, 9, -4, 1) 10.0.1.\u0024{X}", ["10.0.1.9", "10.0.1.5", "10.0.1.1"]],
    ["~SEQx(X, 10, 11) fe80::\u0024{X}", undefined],
    ["~LST(X, 4, 8) 10.0.1.\u0024{X}", ["10.0.1.4", "10.0.1.8"]],
    ["~LST({X, Y}, {1, 7}, {2, 8}) 10.0.\u0024{X}.\u0024{Y}", ["10.0.1.7", "10.0.2.8"]],
    ["~SEQ(X, 2) ~SEQ(Y, 2) 10.0.\u0024{X}.\u0024{Y}", ["10.0.1.1", "10.0.1.2", "10.0.2.1", "10.0.2.2"]],
    ["~SEQ(X, 1, \u0024{END}) 10.0.1.\u0024{X}", ["10.0.1.1", "10.0.1.2"]],
  ])("%s", (line, expected) => {
    expect(addresses(line, "$END=2\n")?.slice(1)).toEqual(expected);
  });

  test("~SEQx counts in hexadecimal", () => {
    const result = instance("virtual_router_id 5\n~SEQx(X, 30, 31) notify_master /bin/\u0024{X}");
    expect(router(result)?.handlers.active?.argv).toEqual(["/bin/1e"]);
  });
});

describe("conditions (P21)", () => {
  const text = Buffer.from(`@one $PRIO=240
@two $PRIO=200
vrrp_instance VI_1 {
interface eth0
virtual_router_id 51
@one priority $PRIO
@^one priority 100
virtual_ipaddress {
10.0.0.1
@two 10.0.0.2
}
}
`);
  test.each([
    ["one", 240, 1],
    ["two", 100, 2],
  ])("%s keeps its own lines", (configId, priority, count) => {
    const found = router(readConfig(text, { path: "f", hostName: "h", configId }));
    expect([found?.priority, found?.addresses.length]).toEqual([priority, count]);
  });

  test("without an id it is the host name up to its first dot", () => {
    expect(router(readConfig(text, { path: "f", hostName: "one.example" }))?.priority).toBe(240);
  });
});

describe("include (P22)", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "understudy-include-"));
    mkdirSync(join(folder, "conf.d"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const load = () => loadConfig({ path: join(folder, "main.conf"), hostName: "h" });
  const block = (id: number, more = "") =>
    `vrrp_instance VI_${id} {\ninterface eth0\nvirtual_router_id ${id}\nvirtual_ipaddress {\n10.0.0.${id}\n}\n${more}\n}\n`;

  test("patterns with wildcards and braces, relative to the file they stand in, nested, in alphabetical order", () => {
    write("main.conf", "include conf.d/*.conf\ninclude {x,y}.inc\n");
    write("conf.d/b.conf", block(2));
    write("conf.d/a.conf", `include inner/one\n${block(1)}`);
    mkdirSync(join(folder, "conf.d/inner"));
    write("conf.d/inner/one", block(9));
    write("x.inc", block(5));
    write("y.inc", block(6));
    const { config, diagnostics } = load();
    expect(diagnostics).toEqual([]);
    expect(config?.routers.map((each) => each.virtualRouterId)).toEqual([9, 1, 2, 5, 6]);
  });

  test("a definition made in an included file holds behind it, and one may stand in its name", () => {
    write("main.conf", `$D=conf.d\ninclude \u0024{D}/defs\n${block(1, "priority $P")}`);
    write("conf.d/defs", "$P=9\n");
    expect(load().config?.routers[0]?.priority).toBe(9);
  });

  test("diagnostics name the included file and its line, and show it", () => {
    write("main.conf", "\ninclude conf.d/x\n");
    write("conf.d/x", block(1, "prioritty 5"));
    const result = load();
    const [diagnostic] = result.diagnostics;
    expect(diagnostic).toMatchObject({
      code: "unknown-keyword",
      location: { file: join(folder, "conf.d/x"), line: 7 },
    });
    expect(diagnostic && result.sourceLine(diagnostic)).toBe("prioritty 5");
  });

  test.each([
    ["include gone", "warning include-missing"],
    ["include gone*", "warning include-missing"],
    ["includem gone", "error include-missing"],
    ["includem gone*", "warning include-missing"],
    ["includew gone*", "error include-missing"],
    ["includeb {gone,away}", "error include-missing"],
    ["includea gone", "error include-missing"],
    ["include conf.d", "warning include-unreadable"],
    ["includer conf.d", "error include-unreadable"],
    ["include main.conf", "error inclusion-too-deep"],
  ])("%s: %s", (line, code) => {
    write("main.conf", `${line}\n${block(1)}`);
    expect(codes(load())).toContain(code);
  });
});

test("sequences inside sequences end with a diagnostic, however much they would make (found by the fuzz)", () => {
  const deep = read(`${"~SEQ(A, 1, 9999)".repeat(50)} priority 100\n`);
  expect(deep.diagnostics).toContainEqual(
    expect.objectContaining({ code: "inclusion-too-deep", location: expect.objectContaining({ line: 1 }) }),
  );
  const long = read(`\n~SEQ(A, 1, 9999)~SEQ(B, 1, 9999) priority 100\n`);
  expect(long.diagnostics).toContainEqual(
    expect.objectContaining({ code: "sequence-too-long", location: expect.objectContaining({ line: 2 }) }),
  );
});
