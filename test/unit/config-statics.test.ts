/** static_ipaddress, static_routes and static_rules; and what the host says of interfaces that routes and addresses name. */

import { describe, expect, test } from "vitest";
import { checkHost } from "../../services/config/host.ts";
import { codes, instance, router } from "../support/config-text.ts";

const routes = (lines: string) => instance(`virtual_routes {\n${lines}\n}`);

const plain = {
  family: "ipv4",
  type: "unicast",
  destination: { address: "10.9.0.0", prefixLength: 24 },
  typeOfService: 0,
  table: 254,
  protocol: 18,
  scope: 0,
  nextHops: [{ interface: "eth1", weight: 1 }],
  metrics: [],
};

describe("static blocks", () => {
  const statics = (lines: string) => instance("", `${lines}\n`);

  test("hold addresses with their interface, routes and rules; several blocks add up", () => {
    const result = statics(
      `static_ipaddress {\n10.90.0.1/24 dev eth1 scope link\nfd00::1 dev eth2 no_track\n}
static_routes {\n10.9.0.0/24 dev eth1\n}
static_routes {\nblackhole 10.8.0.0/16\n}
static_rules {\nfrom 10.1.0.0/16 table 7 preference 5\n}`,
    );
    expect(result.diagnostics).toEqual([]);
    expect(result.config?.statics).toEqual({
      addresses: [
        { address: "10.90.0.1", prefixLength: 24, interface: "eth1", scope: 253 },
        { address: "fd00::1", prefixLength: 128, interface: "eth2", isUntracked: true },
      ],
      routing: {
        routes: [
          plain,
          {
            ...plain,
            type: "blackhole",
            destination: { address: "10.8.0.0", prefixLength: 16 },
            nextHops: [],
          },
        ],
        rules: [
          {
            family: "ipv4",
            preference: 5,
            action: "table",
            table: 7,
            from: { address: "10.1.0.0", prefixLength: 16 },
            typeOfService: 0,
            protocol: 18,
          },
        ],
      },
    });
  });

  test("are counted with the instances where a rule has no preference", () => {
    const result = instance(
      "virtual_rules {\nfrom 10.1.0.0/16 table 1\n}",
      "static_rules {\nfrom 10.2.0.0/16 table 1\n}\n",
    );
    expect(result.config?.statics?.routing.rules[0]?.preference).toBe(16384);
    expect(router(result)?.routing?.rules[0]?.preference).toBe(16383);
  });

  test.each([
    ["static_ipaddress {\n10.90.0.1/24\n}", "error static-address-without-interface"],
    ["static_ipaddress {\n10.90.0.300/24 dev eth1\n}", "error invalid-address"],
    ["static_routes {\n10.9.0.0/24 dev eth1 track_group G\n}", "error unsupported-keyword"],
    ["static_routes", "error missing-block"],
  ])("%j gives %s", (lines, code) => {
    expect(codes(statics(lines))[0]).toBe(code);
  });

  test("1,000 addresses fit and 1,001 do not", () => {
    const list = (count: number) =>
      statics(
        `static_ipaddress {\n${Array.from({ length: count }, (_, index) => `10.90.${index >> 8}.${index & 255} dev eth1`).join("\n")}\n}`,
      );
    expect(codes(list(1000))).toEqual([]);
    expect(codes(list(1001))).toEqual(["error too-many-addresses"]);
  });

  test("an interface that the host does not have is told with its line, and the file can be used", () => {
    const result = statics("static_routes {\n10.9.0.0/24 dev eth1\n10.8.0.0/24 dev eth9\n}");
    const probes = {
      interfaceExists: (name: string) => name !== "eth9",
      scriptStatus: () => "runs" as const,
      isAccount: () => true,
    };
    const found = checkHost(result.config ?? never(), probes, result.places);
    expect(found).toMatchObject([
      { severity: "warning", code: "unknown-interface", location: { line: 3, column: 17 } },
    ]);
  });
});

test("a router's route by an interface that the host does not have is told with its line", () => {
  const result = routes("10.9.0.0/24 dev eth9");
  const probes = {
    interfaceExists: (name: string) => name !== "eth9",
    scriptStatus: () => "runs" as const,
    isAccount: () => true,
  };
  expect(checkHost(result.config ?? never(), probes, result.places)).toMatchObject([
    { severity: "warning", code: "unknown-interface", location: { line: 8 } },
  ]);
});

function never(): never {
  throw new Error("the line was not read");
}
