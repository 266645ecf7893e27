/** Addresses, tracked interfaces and handlers of an instance, and instances beside each other. */

import { describe, expect, test } from "vitest";
import { codes, instance, read, router } from "../support/config-text.ts";

describe("addresses", () => {
  const addresses = (lines: string) =>
    read(`vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n${lines}\n}\n}\n`);

  test("an address has its length, 32 without one, and its own interface", () => {
    const result = addresses("10.0.0.1\n10.0.0.2/24 dev eth1\n10.0.0.1/32 dev eth1");
    expect(result.diagnostics).toEqual([]);
    expect(router(result)?.addresses).toEqual([
      { address: "10.0.0.1", prefixLength: 32, interface: "eth0" },
      { address: "10.0.0.2", prefixLength: 24, interface: "eth1" },
      { address: "10.0.0.1", prefixLength: 32, interface: "eth1" },
    ]);
  });

  test("an address line may have a length or none", () => {
    expect(codes(addresses("10.0.0.1/24"))).toEqual([]);
    expect(codes(addresses("10.0.0.1/"))).toEqual(["error invalid-address"]);
  });

  test.each([
    ["10.99.99.300", "error invalid-address"],
    ["10.0.0.1/33", "error invalid-address"],
    ["10.0.0.1/24/1", "error invalid-address"],
    ["10.0.0.1/24 10.0.0.2/24", "error second-address-in-line"],
    ["10.0.0.1\n10.0.0.1", "error duplicate-address"],
    ["10.0.0.1 dev", "error missing-parameter"],
    ["10.0.0.1 use_vmac", "error unsupported-keyword"],
    ["10.0.0.1 lable x", "warning unknown-word"],
    ["", "error no-address"],
  ])("%j gives %s", (lines, code) => {
    expect(codes(addresses(lines))[0]).toBe(code);
  });

  test("255 addresses fit an advertisement and 256 do not", () => {
    const list = (count: number) => Array.from({ length: count }, (_, index) => `10.0.1.${index}`).join("\n");
    expect(router(addresses(list(255)))?.addresses).toHaveLength(255);
    expect(codes(addresses(list(256)))).toEqual(["error too-many-addresses"]);
  });
});

describe("tracked interfaces", () => {
  const tracked = (lines: string) => instance(`track_interface {\n${lines}\n}`);

  test("the own interface is always tracked and may be named", () => {
    expect(tracked("eth0").diagnostics).toEqual([]);
    expect(router(tracked("eth0"))?.trackedInterfaces).toEqual(["eth0"]);
    expect(router(tracked("eth2 weight 0\neth0\neth1"))?.trackedInterfaces).toEqual(["eth0", "eth2", "eth1"]);
  });

  test.each([
    ["eth1 weight 254", "error out-of-range"],
    ["eth1 weight", "error missing-parameter"],
    ["eth1 eth2", "error unknown-word"],
    ["eth1\neth1", "warning duplicate-interface"],
  ])("%j gives %s", (lines, code) => {
    expect(codes(tracked(lines))[0]).toBe(code);
  });
});

describe("handlers", () => {
  test.each([
    ["/a/b.sh", ["/a/b.sh"]],
    ["\"/a/b.sh one 'two three'\"", ["/a/b.sh", "one", "two three"]],
    ["'/a/b.sh one'", ["/a/b.sh", "one"]],
    ['"/a/b.sh" root', ["/a/b.sh"]],
    ['"/bin/echo #not !comment" # comment', ["/bin/echo", "#not", "!comment"]],
    ['"/bin/echo \u0024{UNDEF}"', ["/bin/echo", "\u0024{UNDEF}"]],
    ["/a/\\#b", ["/a/#b"]],
  ])("notify_master %s runs %j", (text, argv) => {
    const command = router(instance(`notify_master ${text}`))?.handlers.active;
    expect(command?.argv).toEqual(argv);
  });

  test("each keyword has its handler, with the line it stands in", () => {
    const result = instance("notify_master /m\nnotify_backup /b\nnotify_fault /f\nnotify_stop /s\nnotify /n");
    expect(router(result)?.handlers).toEqual({
      active: { argv: ["/m"], source: { file: "f", line: 7 } },
      backup: { argv: ["/b"], source: { file: "f", line: 8 } },
      fault: { argv: ["/f"], source: { file: "f", line: 9 } },
      stop: { argv: ["/s"], source: { file: "f", line: 10 } },
      any: { argv: ["/n"], source: { file: "f", line: 11 } },
    });
  });

  test("the first of two stays, with keepalived's message (P13)", () => {
    const result = instance('notify_master "/bin/true a"\nnotify_master "/bin/true b"');
    expect(router(result)?.handlers.active?.argv).toEqual(["/bin/true", "a"]);
    expect(result.diagnostics).toMatchObject([
      { severity: "warning", keepalived: "notify_master script already specified - ignoring /bin/true b" },
    ]);
  });

  test("a single quote that a comment cuts off leaves the handler out, as in keepalived", () => {
    const result = instance("notify_master /bin/echo 'a # b'");
    expect(codes(result)).toEqual(["warning unterminated-quote"]);
    expect(router(result)?.handlers).toEqual({});
  });

  test.each([
    ["nobody", { user: "nobody" }],
    ["nobody nogroup", { user: "nobody", group: "nogroup" }],
    ["nobody :nogroup", { user: "nobody", group: "nogroup" }],
    ["nobody : nogroup", { user: "nobody", group: "nogroup" }],
  ])("the words behind the command are a user and a group: %s", (words, runAs) => {
    expect(router(instance(`notify_master /a.sh ${words}`))?.handlers.active?.runAs).toEqual(runAs);
  });

  test("script_user is who the commands behind it run as where they name nobody", () => {
    const head = "global_defs {\nscript_user daemon adm\n}\n";
    const handlers = router(instance("notify_master /a.sh\nnotify_backup /b.sh root", head))?.handlers;
    expect(handlers?.active?.runAs).toEqual({ user: "daemon", group: "adm" });
    expect(handlers?.backup?.runAs).toEqual({ user: "root" });
  });
});

describe("several instances", () => {
  const block = (name: string, id: number, address: string) =>
    `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${id}\nvirtual_ipaddress { ${address} }\n}\n`;

  test("the second block of a name is skipped with a warning (P13)", () => {
    const result = read(block("VI_1", 51, "10.0.0.1") + block("VI_1", 52, "10.0.0.2"));
    expect(result.config?.routers.map((each) => each.virtualRouterId)).toEqual([51]);
    expect(result.diagnostics).toMatchObject([
      { severity: "warning", code: "duplicate-block", location: { line: 6, column: 15 } },
    ]);
  });

  test("one VRID twice on an interface is an error at the second", () => {
    const result = read(block("VI_1", 51, "10.0.0.1") + block("VI_2", 51, "10.0.0.2"));
    expect(result.config).toBeUndefined();
    expect(result.diagnostics).toMatchObject([
      {
        severity: "error",
        code: "duplicate-virtual-router-id",
        location: { line: 8, column: 19 },
        keepalived: "VI_1 and VI_2 both use VRID 51 with IPv4 on interface eth0; it exits",
      },
    ]);
  });

  test("one address in two routers, and two names that are one in subjects", () => {
    const result = read(block("VI.1", 51, "10.0.0.1") + block("VI_1", 52, "10.0.0.1"));
    expect(codes(result)).toEqual(["error name-collision", "warning address-in-two-routers"]);
  });

  test("1,020 routers fit one daemon and the next is one error", () => {
    const blocks = Array.from({ length: 1030 }, (_, index) =>
      block(`V${index}`, (index % 255) + 1, `10.1.${index >> 8}.${index & 255}`).replace(
        "eth0",
        `eth${Math.floor(index / 255)}`,
      ),
    );
    expect(read(blocks.slice(0, 1020).join("")).config?.routers).toHaveLength(1020);
    expect(codes(read(blocks.join("")))).toEqual(["error too-many-routers"]);
  });
});

describe("missing parts", () => {
  test.each([
    ["vrrp_instance A {\n}", ["missing-interface", "missing-virtual-router-id", "no-address"]],
    ["vrrp_instance A", ["missing-block"]],
    ["vrrp_instance {\n}", ["missing-parameter"]],
  ])("%j", (text, expected) => {
    const result = read(text);
    expect(result.config).toBeUndefined();
    expect(result.diagnostics.map((each) => each.code)).toEqual(expected);
  });
});

describe("unicast", () => {
  const peers = (lines: string) => instance(`unicast_peer {\n${lines}\n}`);

  test("peers get the adverts, from the source address given", () => {
    const result = instance(
      "unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.3\n10.0.0.4\n}\ncheck_unicast_src",
    );
    expect(codes(result)).toEqual([]);
    expect(router(result)).toMatchObject({
      unicast: {
        peers: [
          { address: "10.0.0.3", minimumTtl: 0, maximumTtl: 255 },
          { address: "10.0.0.4", minimumTtl: 0, maximumTtl: 255 },
        ],
        onlyFromPeers: true,
        ttl: 255,
      },
      sourceAddress: "10.0.0.2",
    });
  });

  test("a bound of one peer makes keepalived hear the peers alone", () => {
    const result = peers("10.0.0.3 max_ttl 255 min_ttl 254\n10.0.0.4");
    expect(codes(result)).toEqual([]);
    expect(router(result)?.unicast).toMatchObject({
      peers: [
        { minimumTtl: 254, maximumTtl: 255 },
        { minimumTtl: 0, maximumTtl: 255 },
      ],
      onlyFromPeers: true,
    });
    expect(router(peers("10.0.0.3"))?.unicast?.onlyFromPeers).toBe(false);
  });

  test("unicast_ttl is 1 to 255, of either family; 0 would reach nobody", () => {
    const ttl = (text: string) => instance(`unicast_ttl ${text}\nunicast_peer {\n10.0.0.3\n}`);
    for (const value of [1, 64, 255]) expect(router(ttl(String(value)))?.unicast?.ttl).toBe(value);
    for (const wrong of ["0", "256"]) expect(codes(ttl(wrong))).toEqual(["error out-of-range"]);
  });

  test("without peers adverts go to the group", () => {
    expect(router(instance(""))?.unicast).toBeUndefined();
  });

  test.each([
    ["10.0.0", "error invalid-address"],
    ["10.0.0.3/24", "error invalid-address"],
    ["fe80::3", "error mixed-families"],
    ["10.0.0.3 min_ttl 250 max_ttl 249", "error ttl-bounds"],
    ["10.0.0.3 min_ttl 256", "error out-of-range"],
    ["10.0.0.3 max_ttl x", "error not-a-number"],
    ["10.0.0.3 max_ttl", "error missing-parameter"],
    ["10.0.0.3 foo", "error unknown-word"],
    ["10.0.0.3\n10.0.0.3", "warning duplicate-peer"],
  ])("peer %j: %s", (lines, code) => {
    expect(codes(peers(lines))).toEqual([code]);
  });
});

describe("IPv6", () => {
  const addresses = (lines: string, head = "") =>
    read(
      `vrrp_instance A {\n${head}interface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n${lines}\n}\n}\n`,
    );

  test("addresses make the router an IPv6 one of version 3, in one spelling", () => {
    const result = addresses("FE80:0::1\n2001:db8:0:0::1/64");
    expect(codes(result)).toEqual([]);
    expect(router(result)).toMatchObject({
      family: "ipv6",
      version: 3,
      addresses: [
        { address: "fe80::1", prefixLength: 128 },
        { address: "2001:db8::1", prefixLength: 64 },
      ],
    });
  });

  test("a first address that is not link-local is warned of, as keepalived logs it", () => {
    expect(codes(addresses("2001:db8::1\nfe80::1"))).toEqual(["warning first-address-not-link-local"]);
  });

  test("R3-5.2.9-02: both families in one router are an error", () => {
    expect(codes(addresses("fe80::1\n10.0.0.1"))).toEqual(["error mixed-families"]);
  });

  test("version 2 is raised to 3", () => {
    expect(codes(addresses("fe80::1", "version 2\n"))).toEqual(["warning version-raised"]);
  });
});

test.each([
  ["startup_script", "ExecStartPre="],
  ["shutdown_script", "ExecStopPost="],
])("%s is refused, and the suggestion is %s of the unit file", (keyword, word) => {
  const { diagnostics } = read(`global_defs {\n${keyword} "/bin/true"\n}\n`);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toMatchObject([
    { code: "unsupported-keyword", location: { line: 2 }, suggestion: expect.stringContaining(word) },
  ]);
});
