/** What the files of several nodes say that does not fit together. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compareNodes } from "../../services/config/between-nodes.ts";
import type { Diagnostic } from "../../services/config/diagnostics.ts";
import { readConfig } from "../../services/config/load.ts";

const exampleText = readFileSync(new URL("../../examples/node-a.conf", import.meta.url), "utf8");

function read(text: string, path = "f") {
  const result = readConfig(Buffer.from(text), { path, hostName: path });
  if (result.config === undefined) throw new Error(JSON.stringify(result.diagnostics));
  return { file: path, config: result.config };
}

describe("between nodes", () => {
  const between = (change: (text: string) => string) =>
    compareNodes([
      read(exampleText, "a"),
      read(change(exampleText.replace("node_A", "node_B").replace(/priority 51/u, "priority 50")), "b"),
    ]);
  const codes = (found: readonly Diagnostic[]) => found.map(({ severity, code }) => `${severity} ${code}`);

  test("a pair that fits is silent, and so is one file alone", () => {
    expect(between((text) => text)).toEqual([]);
    expect(compareNodes([read(exampleText)])).toEqual([]);
  });

  test.each<readonly [string, (text: string) => string, readonly string[]]>([
    [
      "another interval",
      (text) => text.replace("advert_int 3", "advert_int 1"),
      ["error peers-advert-int-differ"],
    ],
    [
      "another password",
      (text) => text.replace("auth_pass 1111", "auth_pass 2222"),
      ["error peers-authentication-differ"],
    ],
    [
      "another address",
      (text) => text.replace("10.10.10.114", "10.10.10.115"),
      ["error peers-addresses-differ"],
    ],
    [
      "the same priority",
      (text) => text.replace("priority 50", "priority 51"),
      ["warning peers-equal-priority"],
    ],
    ["the same name", (text) => text.replace("node_B", "node_A"), ["warning node-name-shared"]],
    [
      "another VRID",
      (text) => text.replace("virtual_router_id 51", "virtual_router_id 52"),
      ["note no-peer", "note no-peer", "error address-in-two-routers"],
    ],
  ])("%s", (_name, change, expected) => {
    const found = between(change);
    expect(codes(found)).toEqual(expected);
    expect(found.at(-1)?.location.file).toBe("b");
  });

  test("two owners are an error", () => {
    const owner = exampleText.replace("priority 51", "priority 255");
    expect(codes(compareNodes([read(owner, "a"), read(owner.replace("node_A", "node_B"), "b")]))).toEqual([
      "error peers-both-owners",
    ]);
  });

  test("another version is an error, found in configurations of any source", () => {
    const [a, b] = [
      read(exampleText, "a"),
      read(exampleText.replace("node_A", "b").replace("priority 51", "priority 1"), "b"),
    ];
    const routers = b.config.routers.map((router) => ({ ...router, version: 3 as const }));
    expect(codes(compareNodes([a, { file: "b", config: { ...b.config, routers } }]))).toEqual([
      "error peers-version-differ",
    ]);
  });

  test.each([
    [
      "one by unicast, the other by multicast",
      "unicast_peer {\n10.0.0.2\n}",
      "",
      ["error peers-unicast-differ"],
    ],
    [
      "peers that do not name each other",
      "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.9\n}",
      "unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}",
      ["error peers-unicast-differ"],
    ],
    [
      "peers that name each other",
      "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}",
      "unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}",
      [],
    ],
    ["nopreempt beside a higher priority that preempts", "", "nopreempt", ["warning peers-preempt-differ"]],
    ["nopreempt on the higher priority", "nopreempt", "", []],
  ])("%s", (_name, first, second, expected) => {
    const text = (node: string, priority: number, more: string) =>
      `global_defs {\nrouter_id ${node}\n}\nvrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\npriority ${priority}\nvirtual_ipaddress {\n10.9.9.9\n}\n${more}\n}\n`;
    expect(
      codes(compareNodes([read(text("a", 200, first), "a"), read(text("b", 100, second), "b")])),
    ).toEqual(expected);
  });

  test("routers that change together on one node only are a warning for each", () => {
    const block = (id: number, priority: number) =>
      `vrrp_instance VI_${id} {\ninterface eth0\nvirtual_router_id ${id}\npriority ${priority}\nvirtual_ipaddress {\n10.9.9.${id}\n}\n}\n`;
    const text = (node: string, priority: number) =>
      `global_defs {\nrouter_id ${node}\n}\n${block(1, priority)}${block(2, priority)}`;
    const group = "vrrp_sync_group VG {\ngroup {\nVI_1\nVI_2\n}\n}\n";
    expect(compareNodes([read(group + text("a", 9), "a"), read(group + text("b", 8), "b")])).toEqual([]);
    const found = compareNodes([read(group + text("a", 9), "a"), read(text("b", 8), "b")]);
    expect(codes(found)).toEqual(["warning peers-sync-groups-differ", "warning peers-sync-groups-differ"]);
    expect(found[0]?.message).toContain("VRID 2 (ipv4) only in a:");
  });

  test("one VRID on several interfaces is compared interface by interface", () => {
    const second = (address: string) =>
      `vrrp_instance VI_2 {\ninterface eth1\nvirtual_router_id 51\nvirtual_ipaddress { ${address} }\n`;
    const a = read(`${exampleText}\n${second("10.9.9.9")}}\n`, "a");
    const other = exampleText.replace("node_A", "node_B").replace("priority 51", "priority 50");
    const b = read(`${other}\n${second("10.9.9.9")}priority 7\n}\n`, "b");
    expect(compareNodes([a, b])).toEqual([]);
  });
});
