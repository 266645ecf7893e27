/** From keepalived.conf to the wire: what the octets of an advert and the announcements are for what was configured. */

import { describe, expect, it } from "vitest";
import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import { centiseconds } from "../../contracts/units.ts";
import { encodeAdvertisement } from "../../contracts/wire/advertisement.ts";
import { parametersOf } from "../../machines/parameters.ts";
import { done } from "../../services/io/outcome.ts";
import { type NetworkPortsOptions, networkPorts } from "../../services/network-ports.ts";
import { codes, instance, read, router } from "../support/config-text.ts";
import { backupRouter, advert as heard, lowerAddress, names } from "../support/router-script.ts";

/** What leaves a router with these lines, as hexadecimal octets. */
function portsFor(lines: string) {
  const adverts: string[] = [];
  const frames: string[] = [];
  const links: NetworkPortsOptions["links"] = {
    link: (name) => ({ interface: name, index: 7, state: "up", hardwareAddress: "02:00:00:00:00:03" }),
  };
  const ports = networkPorts({
    announcer: {
      sendFrame: (_index, frame) => {
        frames.push(hex(frame));
        return done;
      },
    },
    links,
    segment: () => ({
      source: () => "192.0.2.3",
      socket: () => ({
        send: (payload) => {
          adverts.push(hex(payload));
          return done;
        },
      }),
    }),
  });
  const config = configOf(lines);
  return { ports, config, adverts, frames };
}

function configOf(lines: string): VirtualRouterConfig {
  const config = router(instance(lines));
  if (config === undefined) throw new Error(`refused: ${lines}`);
  return config;
}

function advertWith(lines: string, priority?: number): string {
  const { ports, config, adverts } = portsFor(lines);
  ports.sendAdvert(config, priority ?? config.priority);
  return adverts[0] ?? "";
}

const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");
const octet = (text: string, index: number) => text.slice(2 * index, 2 * index + 2);
const block = (name: string, ...lines: string[]) => `${name} {\n${lines.join("\n")}\n}`;

/** An instance with these addresses and no others. */
function withAddresses(version: number, ...addresses: string[]) {
  return read(
    block(
      "vrrp_instance VI_1",
      "interface eth0",
      "virtual_router_id 51",
      `version ${version}`,
      block("virtual_ipaddress", ...addresses),
    ),
  );
}

describe("fields", () => {
  it("R3-5.2.1-01: version 3 of type 1 is the first octet 31, version 2 is 21", () => {
    expect(octet(advertWith("version 3"), 0)).toBe("31");
    expect(octet(advertWith("version 2"), 0)).toBe("21");
  });

  it("R3-5.2.3-01: a VRID is 1..255 and must be given: 0, 256 and none are refused", () => {
    for (const vrid of [1, 255]) {
      const text = advertWith(`virtual_router_id ${vrid}`);
      expect(Number.parseInt(octet(text, 1), 16)).toBe(vrid);
    }
    for (const vrid of [0, 256]) expect(router(instance(`virtual_router_id ${vrid}`))).toBeUndefined();
    const none = read(block("vrrp_instance VI_1", "interface eth0", block("virtual_ipaddress", "10.0.0.1")));
    expect(none.config).toBeUndefined();
  });

  it("R3-5.2.4-03, R2-5.3.4-01: priority 100 unless given, 255 for an owner, 0 to resign", () => {
    for (const version of [2, 3]) {
      expect(octet(advertWith(`version ${version}`), 2)).toBe("64");
      expect(octet(advertWith(`version ${version}\npriority 255`), 2)).toBe("ff");
      expect(octet(advertWith(`version ${version}\npriority 254`), 2)).toBe("fe");
      expect(octet(advertWith(`version ${version}`, 0), 2)).toBe("00");
      expect(router(instance(`version ${version}\npriority 0`))).toBeUndefined();
    }
  });

  it("R3-5.2.5-01: the count is the number of addresses, and none is refused", () => {
    for (const count of [1, 2, 255]) {
      const addresses = Array.from({ length: count }, (_, index) => `10.0.0.${index}`);
      const config = withAddresses(3, ...addresses).config?.routers[0];
      if (config === undefined) throw new Error("refused");
      const { ports, adverts } = portsFor("");
      ports.sendAdvert(config, 100);
      expect(Number.parseInt(octet(adverts[0] ?? "", 3), 16)).toBe(count);
      expect(adverts[0]).toHaveLength(2 * (8 + 4 * count));
    }
    expect(withAddresses(3).config).toBeUndefined();
  });

  it("R3-5.2.6-01, R3-5.2.7-01: intervals of 10 ms, 1 s and 40.95 s are 0001, 0064 and 0fff; 0 is refused, more is cut with a warning", () => {
    for (const [seconds, field] of [
      ["0.01", "0001"],
      ["1", "0064"],
      ["40.95", "0fff"],
    ] as const) {
      expect(advertWith(`version 3\nadvert_int ${seconds}`).slice(8, 12)).toBe(field);
    }
    expect(advertWith("version 3").slice(8, 12)).toBe("0064");
    expect(router(instance("version 3\nadvert_int 0"))).toBeUndefined();
    expect(advertWith("version 3\nadvert_int 40.96").slice(8, 12)).toBe("0fff");
    expect(codes(instance("version 3\nadvert_int 40.96"))).toEqual(["warning advert-int-rounded"]);
  });

  it("R2-5.3.7-01, J-11: version 2 has whole seconds, 1 unless given; a fraction is rounded up with a warning", () => {
    expect(octet(advertWith(""), 5)).toBe("01");
    expect(octet(advertWith("advert_int 3"), 5)).toBe("03");
    expect(octet(advertWith("advert_int 0.5"), 5)).toBe("01");
    expect(codes(instance("advert_int 0.5"))).toEqual(["warning advert-int-rounded"]);
  });

  it("R3-5.2.9-02: addresses of both families are refused, V084 too", () => {
    expect(withAddresses(3, "10.0.0.1", "2001:db8::1").config).toBeUndefined();
    const mixed = {
      version: 3,
      virtualRouterId: 51,
      priority: 100,
      advertisementInterval: centiseconds(100),
      addresses: ["fe80::1", "10.0.0.1"],
      authenticationType: 0,
      authenticationData: new Uint8Array(0),
    } as const;
    expect(() =>
      encodeAdvertisement(mixed, { source: "fe80::2", destination: "ff02::12" }, "rfc9568"),
    ).toThrow(TypeError);
  });

  it("R3-5.2.9-03: addresses leave in the order of the configuration", () => {
    const config = withAddresses(3, "10.0.0.9", "10.0.0.1", "10.0.0.5").config?.routers[0];
    if (config === undefined) throw new Error("refused");
    const { ports, adverts } = portsFor("");
    ports.sendAdvert(config, 100);
    expect(adverts[0]?.slice(16)).toBe("0a0000090a0000010a000005");
  });
});

describe("authentication", () => {
  const pass = (password: string) => block("authentication", "auth_type PASS", `auth_pass ${password}`);

  it("R2-5.3.6-02, R2-5.3.10-01: without it type and data are zeros", () => {
    const text = advertWith("");
    expect(octet(text, 4)).toBe("00");
    expect(text.slice(-16)).toBe("0000000000000000");
  });

  it("RA-5.3.10-01: a short password is filled with zeros, a long one is cut to eight octets as keepalived cuts it", () => {
    expect(advertWith(pass("ab")).slice(-16)).toBe("6162000000000000");
    expect(advertWith(pass("123456789")).slice(-16)).toBe("3132333435363738");
    expect(codes(instance(pass("123456789")))).toEqual(["warning password-cut"]);
  });

  it("RA-5.3.10-02: a type without a password is refused", () => {
    expect(codes(instance(block("authentication", "auth_type PASS")))).toEqual([
      "error authentication-incomplete",
    ]);
  });

  it("R3-9-01: version 3 has none: what is configured is ignored with a warning", () => {
    const lines = `version 3\n${pass("1111")}`;
    expect(codes(instance(lines))).toEqual(["warning authentication-ignored"]);
    expect(advertWith(lines)).toHaveLength(2 * 12);
  });
});

describe("behaviour", () => {
  it("R3-6.1-04, R2-6.1-02: a router of priority 200 with the defaults preempts one of 100", () => {
    for (const version of [2, 3]) {
      const script = backupRouter(parametersOf(configOf(`version ${version}\npriority 200`)));
      expect(script.hear(heard(100, lowerAddress, 100))).toEqual([]);
      expect(names(script.expire("activeDownTimer")).at(-1)).toBe("backup>active preempted");
    }
  });

  it("R3-6.4.1-03, R3o-6.4.1-01, J-18: one gratuitous ARP request for each address and repetition, with its own address", () => {
    const config = withAddresses(3, "10.0.0.1", "10.0.0.2").config?.routers[0];
    if (config === undefined) throw new Error("refused");
    const { ports, frames } = portsFor("");
    ports.announceAddresses(config, 2);
    const arp = (address: string) =>
      `ffffffffffff02000000000308060001080006040001020000000003${address}ffffffffffff${address}`;
    const round = [arp("0a000001"), arp("0a000002")];
    expect(frames).toEqual([...round, ...round]);
  });
});
