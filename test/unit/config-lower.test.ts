/** What the settings of a keepalived.conf mean, one rule at a time. The texts are those of keepalived 2.2.7. */

import { describe, expect, test } from "vitest";
import { readConfig } from "../../services/config/load.ts";
import { codes, instance, read, router } from "../support/config-text.ts";

const octets = (text: string) => [...Buffer.from(text)];

describe("defaults", () => {
  test("an instance with only what it must have gets keepalived's defaults", () => {
    expect(instance("").config).toStrictEqual({
      node: "host",
      routers: [
        {
          name: "VI_1",
          interface: "eth0",
          family: "ipv4",
          version: 2,
          virtualRouterId: 51,
          priority: 100,
          advertisementInterval: 100,
          checksum: { send: "rfc5798", receive: "either" },
          preempt: true,
          preemptDelay: 0,
          authentication: { type: "none" },
          addresses: [{ address: "10.0.0.1", prefixLength: 24, interface: "eth0" }],
          trackedInterfaces: ["eth0"],
          announcements: { repeat: 5, secondBurstDelay: 500 },
          answersLowerPriority: true,
          addressLease: true,
          tracked: [],
          acceptMode: true,
          handlers: {},
          source: { file: "f", line: 1 },
        },
      ],
      trackers: [],
      syncGroups: [],
    });
  });

  test("global_defs sets the node and the defaults of the instances behind it", () => {
    const head = `global_defs {
router_id LVS_1
vrrp_version 2
vrrp_garp_master_delay 10
vrrp_garp_master_repeat 3
vrrp_lower_prio_no_advert
}
`;
    const result = instance("", head);
    expect(result.diagnostics).toEqual([]);
    expect(result.config?.node).toBe("LVS_1");
    expect(router(result)).toMatchObject({
      announcements: { repeat: 3, secondBurstDelay: 1000 },
      answersLowerPriority: false,
    });
  });

  test("an instance overrides the defaults of global_defs", () => {
    const head =
      "global_defs {\nvrrp_garp_master_repeat 3\nvrrp_lower_prio_no_advert true\nvrrp_version 3\n}\n";
    const result = instance(
      "garp_master_repeat 1\ngarp_master_delay 0\nlower_prio_no_advert off\nversion 2",
      head,
    );
    expect(result.diagnostics).toEqual([]);
    expect(router(result)).toMatchObject({
      announcements: { repeat: 1, secondBurstDelay: 0 },
      answersLowerPriority: true,
    });
  });

  test("global_defs behind an instance does not reach it, and says so (P14)", () => {
    const result = read(`vrrp_instance A {
interface eth0
virtual_router_id 1
virtual_ipaddress { 10.0.0.1 }
}
global_defs {
router_id late
vrrp_garp_master_repeat 2
}
`);
    expect(codes(result)).toEqual(["warning defaults-after-instance"]);
    expect(result.config?.node).toBe("late");
    expect(router(result)?.announcements.repeat).toBe(5);
  });
});

describe("state and priority", () => {
  test.each([
    ["state MASTER", 255],
    ["state BACKUP", 100],
    ["state MASTER\npriority 51", 51],
    ["state MASTER\nstate BACKUP", 255],
    ["state BACKUP\nstate MASTER", 255],
    ["priority 50\npriority 60", 60],
  ])("%j has priority %i", (lines, priority) => {
    const result = instance(lines);
    // Whoever misspells `priority` has an owner, and is told so.
    expect(codes(result)).toEqual(priority === 255 ? ["note owner-by-default"] : []);
    expect(router(result)?.priority).toBe(priority);
  });

  test("a state in small letters is BACKUP with keepalived's warning (P12)", () => {
    const result = instance("state master");
    expect(router(result)?.priority).toBe(100);
    expect(result.diagnostics).toMatchObject([
      {
        severity: "warning",
        code: "unknown-state",
        keepalived: "unknown state 'master', defaulting to BACKUP",
        suggestion: "write MASTER, in capitals",
      },
    ]);
  });

  test.each([
    ["nopreempt", false, []],
    ["nopreempt\npreempt", true, []],
    ["nopreempt\nstate MASTER\npriority 90", true, ["warning nopreempt-cleared"]],
    ["nopreempt\npriority 255", true, ["warning nopreempt-cleared"]],
  ])("%j: preempt is %s", (lines, preempt, expected) => {
    const result = instance(lines);
    expect(router(result)?.preempt).toBe(preempt);
    expect(codes(result)).toEqual(expected);
  });
});

describe("numbers and booleans (P10, P11)", () => {
  test.each([
    ["priority 1s0", 1],
    ["priority 90%", 90],
  ])("%s drops the junk with a warning, as keepalived does when it runs", (lines, priority) => {
    const result = instance(lines);
    expect(codes(result)).toEqual(["warning junk-after-number"]);
    expect(router(result)?.priority).toBe(priority);
  });

  test.each([
    ["virtual_router_id 0", "out-of-range"],
    ["virtual_router_id 256", "out-of-range"],
    ["priority 0", "out-of-range"],
    ["priority 256", "out-of-range"],
    ["priority -1", "out-of-range"],
    ["priority high", "not-a-number"],
    ["advert_int 0", "out-of-range"],
    ["advert_int 256", "out-of-range"],
    ["advert_int one", "not-a-number"],
    ["version 4", "out-of-range"],
    ["garp_master_repeat 0", "out-of-range"],
    ["lower_prio_no_advert ON", "not-a-boolean"],
    ["address_lease maybe", "not-a-boolean"],
    ["priority", "missing-parameter"],
    ["notify_master", "missing-parameter"],
    ['notify_master ""', "missing-parameter"],
    ["virtual_ipaddress", "missing-block"],
    ["priority 1 {\n}", "unexpected-block"],
  ])("%j is one error: %s", (lines, code) => {
    const result = instance(lines);
    expect(result.config).toBeUndefined();
    expect(codes(result)).toEqual([`error ${code}`]);
  });

  test("address_lease is understood", () => {
    expect(router(instance("address_lease off"))?.addressLease).toBe(false);
    expect(router(instance("address_lease off\naddress_lease on"))?.addressLease).toBe(true);
  });

  test("a v2 interval is whole seconds; a fraction is rounded as keepalived rounds it, with a warning", () => {
    expect(router(instance("advert_int 3"))?.advertisementInterval).toBe(300);
    expect(router(instance("advert_int 2.0"))?.advertisementInterval).toBe(200);
    const result = instance("advert_int 0.3");
    expect(codes(result)).toEqual(["warning advert-int-rounded"]);
    expect(result.diagnostics[0]?.keepalived).toBe(
      "VRRPv2 advertisement interval 0.300000s must be an integer. rounding; it runs with 1 s",
    );
  });
});

describe("authentication", () => {
  const block = (lines: string) => `authentication {\n${lines}\n}`;

  test("a password goes as its octets", () => {
    const result = instance(block("auth_type PASS\nauth_pass 1111"));
    expect(router(result)?.authentication).toEqual({ type: "pass", password: octets("1111") });
  });

  test("a longer one is cut to 8 octets with a warning that does not show it", () => {
    const result = instance(block("auth_type PASS\nauth_pass 1234567890"));
    expect(router(result)?.authentication).toEqual({ type: "pass", password: octets("12345678") });
    expect(codes(result)).toEqual(["warning password-cut"]);
    const [diagnostic] = result.diagnostics;
    expect(diagnostic && result.sourceLine(diagnostic)).toBe("auth_pass **********");
    expect(JSON.stringify(result.diagnostics)).not.toContain("1234567");
  });

  test("a password of more than one word is not repeated in the warning", () => {
    const result = instance(block("auth_type PASS\nauth_pass open sesame"));
    expect(codes(result)).toEqual(["warning extra-words"]);
    expect(JSON.stringify(result.diagnostics)).not.toContain("sesame");
  });

  test("a password that is no UTF-8 keeps its octets", () => {
    const text = `vrrp_instance A {\ninterface e\nvirtual_router_id 1\nvirtual_ipaddress { 10.0.0.1 }\n`;
    const password = Buffer.concat([
      Buffer.from(`${text}authentication {\nauth_type PASS\nauth_pass `),
      Uint8Array.of(0xc8, 0xab),
      Buffer.from("\n}\n}\n"),
    ]);
    const result = readConfig(password, { path: "f", hostName: "h" });
    expect(router(result)?.authentication).toEqual({ type: "pass", password: [0xc8, 0xab] });
  });

  test.each([
    ["auth_type PASS", "error authentication-incomplete"],
    ["auth_pass x", "error authentication-incomplete"],
    ["auth_type pass\nauth_pass x", "error unknown-authentication"],
    ["auth_type AH", "error authentication-incomplete"],
    ["auth_type ah\nauth_pass x", "error unknown-authentication"],
  ])("%j is refused", (lines, code) => {
    expect(codes(instance(block(lines)))).toEqual([code]);
  });

  test("AH takes the password as the key of its digests", () => {
    const result = instance(block("auth_type AH\nauth_pass 123456789"));
    expect(codes(result)).toEqual(["warning password-cut"]);
    const password = [49, 50, 51, 52, 53, 54, 55, 56];
    expect(router(result)?.authentication).toEqual({ type: "header", password });
  });

  test("AH with `state MASTER` warns as keepalived does, unless the router is the owner", () => {
    const lines = `state MASTER\n${block("auth_type AH\nauth_pass x")}`;
    expect(codes(instance(`priority 200\n${lines}`))).toEqual(["warning state-cleared"]);
    expect(codes(instance(`priority 255\n${lines}`))).toEqual([]);
  });

  test("version 3 runs, and its authentication is ignored with keepalived's warning", () => {
    const result = instance(`version 3\n${block("auth_type PASS\nauth_pass x")}`);
    expect(codes(result)).toEqual(["warning authentication-ignored"]);
  });
});
