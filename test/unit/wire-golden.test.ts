/**
 * Every advert and announcement in captures of keepalived 2.2.7 and FRR 8.4.4: we accept it with the configuration it was
 * made with, and make the same octets from it.
 */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatIpv4, formatIpv6 } from "../../contracts/addresses.ts";
import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import { centiseconds } from "../../contracts/units.ts";
import { encodeAdvertisement, type Family } from "../../contracts/wire/advertisement.ts";
import { encodeGratuitousArp, encodeNeighbourAdvertisement } from "../../contracts/wire/announcement.ts";
import { authenticationData, authenticationType } from "../../contracts/wire/authentication.ts";
import { type Datagram, receiveAdvertisement } from "../../contracts/wire/validate.ts";
import { read, router } from "../support/config-text.ts";
import { framesOf } from "../support/pcap.ts";

const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");
const pass = (password: string) => `authentication {\nauth_type PASS\nauth_pass ${password}\n}`;
const twentyFive = Array.from({ length: 25 }, (_, index) => `10.100.${index + 1}.51`);
const one = ["10.100.1.51"];
const linkLocalFirst = ["fe80::1:33", "fd00:0:0:100::1:33"];

interface Capture {
  readonly file: string;
  /** Lines of the instance in keepalived's words, which for FRR say the same as its own. */
  readonly lines: string;
  readonly addresses: readonly string[];
  readonly priority: number;
  readonly adverts: number;
}

const captures: readonly Capture[] = [
  { file: "ka_v2_adv3", lines: `advert_int 3\n${pass("1111")}`, addresses: one, priority: 255, adverts: 4 },
  { file: "ka_v2_pass_prio51", lines: pass("1111"), addresses: one, priority: 51, adverts: 8 },
  { file: "ka_v2_pass_long", lines: pass("longsecretpassword"), addresses: one, priority: 255, adverts: 4 },
  { file: "ka_v2_pass_short", lines: pass("ab"), addresses: one, priority: 255, adverts: 4 },
  { file: "ka_v2_noauth", lines: "", addresses: one, priority: 255, adverts: 4 },
  { file: "ka_v2_25vips", lines: pass("1111"), addresses: twentyFive, priority: 255, adverts: 4 },
  { file: "ka_v3_ipv4", lines: "version 3", addresses: one, priority: 255, adverts: 5 },
  { file: "ka_v3_25vips", lines: "version 3", addresses: twentyFive, priority: 255, adverts: 4 },
  {
    file: "ka_v3_ipv4_100ms",
    lines: "version 3\nadvert_int 0.1",
    addresses: one,
    priority: 255,
    adverts: 13,
  },
  { file: "ka_v3_ipv6", lines: "version 3", addresses: linkLocalFirst, priority: 255, adverts: 5 },
  { file: "frr_v3_ipv4", lines: "version 3", addresses: one, priority: 254, adverts: 5 },
  { file: "frr_v3_ipv6", lines: "version 3", addresses: linkLocalFirst, priority: 254, adverts: 4 },
];

/** As our own file for the same router reads. */
function configOf({ lines, addresses, priority }: Capture): VirtualRouterConfig {
  const config = router(
    read(`vrrp_instance VI_0_51 {
interface eth0
virtual_router_id 51
priority ${priority}
${lines}
virtual_ipaddress {
${addresses.join("\n")}
}
}
`),
  );
  if (config === undefined) throw new Error("the configuration is refused");
  return config;
}

const number16 = (octets: Uint8Array, offset: number) =>
  ((octets[offset] ?? 0) << 8) | (octets[offset + 1] ?? 0);

/** The VRRP datagrams of a capture, their IP headers taken off. */
function datagramsOf(file: string): Datagram[] {
  return framesOf(`golden/${file}.pcap`).flatMap((frame): Datagram[] => {
    const packet = frame.subarray(14);
    const type = number16(frame, 12);
    if (type === 0x0800 && packet[9] === 112) {
      const ends = { source: formatIpv4(packet, 12), destination: formatIpv4(packet, 16) };
      const payload = packet.subarray(20, number16(packet, 2));
      return [{ ...ends, payload, ttl: packet[8] ?? 0, family: "ipv4" }];
    }
    if (type === 0x86dd && packet[6] === 112) {
      const ends = { source: formatIpv6(packet, 8), destination: formatIpv6(packet, 24) };
      const payload = packet.subarray(40, 40 + number16(packet, 4));
      return [{ ...ends, payload, ttl: packet[7] ?? 0, family: "ipv6" }];
    }
    return [];
  });
}

/** The configuration of a peer of the captured router, which is no owner. */
function peerOf(config: VirtualRouterConfig) {
  return {
    version: config.version,
    priority: 100,
    advertisementInterval: centiseconds(config.advertisementInterval),
    authentication: config.authentication,
    addresses: config.addresses.map(({ address }) => address),
    primaryAddress: config.family === "ipv4" ? "10.100.0.12" : "fe80::ff:fe00:2",
    checksum: config.checksum.receive,
    ownChecksum: config.checksum.send,
    ownerDropsAdverts: true,
  };
}

describe("adverts of keepalived and FRR", () => {
  for (const capture of captures) {
    it(`R3-7.2-02: ${capture.file}: each of ${capture.adverts} is accepted, and our octets are the same`, () => {
      const config = configOf(capture);
      const datagrams = datagramsOf(capture.file);
      expect(datagrams).toHaveLength(capture.adverts);
      for (const datagram of datagrams) {
        const received = receiveAdvertisement(datagram, () => peerOf(config));
        if (!received.accepted) throw new Error(received.refusal.detail);
        expect(received.remarks).toEqual([]);
        const again = encodeAdvertisement(received.advert, datagram, "rfc5798");
        expect(hex(again)).toBe(hex(datagram.payload));
      }
    });

    it(`${capture.file}: from the same configuration we say the same, and resign with the same octets`, () => {
      const config = configOf(capture);
      const [datagram] = datagramsOf(capture.file);
      if (datagram === undefined) throw new Error("an empty capture");
      const ours = (priority: number) =>
        hex(
          encodeAdvertisement(
            {
              version: config.version,
              virtualRouterId: config.virtualRouterId,
              priority,
              advertisementInterval: centiseconds(config.advertisementInterval),
              addresses: config.addresses.map(({ address }) => address),
              authenticationType: authenticationType(config.authentication),
              authenticationData: authenticationData(config.authentication),
            },
            datagram,
            config.checksum.send,
          ),
        );
      const theirs = new Set(datagramsOf(capture.file).map(({ payload }) => hex(payload)));
      expect(theirs).toEqual(new Set([ours(capture.priority), ours(0)]));
    });
  }
});

describe("announcements of keepalived", () => {
  const ownHardware = [2, 0, 0, 0, 0, 1];

  function announcementsOf(file: string, family: Family): string[] {
    return framesOf(`golden/${file}.pcap`)
      .filter((frame) =>
        family === "ipv4" ? number16(frame, 12) === 0x0806 : frame[14 + 6] === 58 && frame[54] === 136,
      )
      .map((frame) => hex(frame.subarray(0, family === "ipv4" ? 42 : 86)));
  }

  for (const capture of captures.filter(({ file }) => file.startsWith("ka_"))) {
    const family = capture.file.endsWith("ipv6") ? "ipv6" : "ipv4";
    it(`J-18: ${capture.file}: every ${family === "ipv4" ? "gratuitous ARP" : "neighbour advertisement"} is ours to the octet`, () => {
      const announced = announcementsOf(capture.file, family);
      expect(announced.length).toBeGreaterThanOrEqual(5 * capture.addresses.length);
      const ours = capture.addresses.map((address) =>
        hex(
          family === "ipv4"
            ? encodeGratuitousArp(address, ownHardware)
            : encodeNeighbourAdvertisement(address, ownHardware, {
                router: false,
                solicited: false,
                override: true,
              }),
        ),
      );
      expect(new Set(announced)).toEqual(new Set(ours));
    });
  }
});

describe("frames of vrrp-conformance 1.5", () => {
  it("version 3 in both checksum forms, and gratuitous ARP", () => {
    const golden = JSON.parse(
      readFileSync(new URL("../fixtures/vrrp-tx-golden.json", import.meta.url), "utf8"),
    ) as { frames: { name: string; hex: string }[] };
    const arp = golden.frames.find((frame) => frame.name.startsWith("GARP, keepalived"));
    expect(hex(encodeGratuitousArp("192.0.2.1", [0, 0, 0x5e, 0, 1, 0x33]))).toBe(arp?.hex);
    const advert = {
      version: 3,
      virtualRouterId: 51,
      priority: 200,
      advertisementInterval: centiseconds(100),
      addresses: ["192.0.2.1"],
      authenticationType: 0,
      authenticationData: new Uint8Array(0),
    } as const;
    const from = { source: "192.0.2.2", destination: "224.0.0.18" };
    expect(hex(encodeAdvertisement(advert, from, "rfc9568"))).toBe("3133c80100644465c0000201");
    expect(hex(encodeAdvertisement(advert, from, "rfc5798"))).toBe("3133c8010064a1d3c0000201");
  });
});
