/** A pair with virtual MACs, and agents in its namespaces that send frames by hand and read the kernel's settings. */

import { execFileSync } from "node:child_process";
import { internetChecksum } from "../../contracts/wire/checksum.ts";
import type { GuardCalls, GuardEvent } from "../system/io-guard-agent.ts";
import { openTestNetwork, type Program, type TestNetwork } from "./namespaces.ts";
import { openPair, type Pair } from "./pair.ts";
import type { RouterSettings } from "./pair-config.ts";
import type { RouterKind } from "./pair-program.ts";
import type { PairRouter } from "./pair-router.ts";

export type Agent = Program<GuardCalls, GuardEvent>;

export interface VirtualMacSite extends Pair {
  /** An agent in this network namespace. */
  agent(namespace: string): Promise<Agent>;
  readonly extra: TestNetwork;
  close(): Promise<void>;
}

/** 00:00:5e:00:01:33, of VRID 51 over IPv4. */
export const virtualMac = "00:00:5e:00:01:33";

/** Version 3 with an advert every 100 ms: Active_Down_Interval 321.875 ms with priority 200, 341.406 ms with 150. */
export async function openVirtualMacSite(
  kinds: readonly [RouterKind, RouterKind],
  lines: readonly string[] = ["use_vmac"],
  settings: Partial<RouterSettings> = {},
): Promise<VirtualMacSite> {
  const common = {
    password: undefined,
    advertisementInterval: 0.1,
    more: ["version 3", ...lines],
    ...settings,
  };
  const pair = await openPair({ kinds, settings: [common, common] });
  const extra = openTestNetwork();
  return {
    ...pair,
    extra,
    agent: (namespace) => extra.program<GuardCalls, GuardEvent>(namespace, "test/system/io-guard-agent.ts"),
    close: async () => {
      await extra.close();
      await pair.close();
    },
  };
}

/** What a command in the router's namespace prints. */
export function inside({ host }: Pick<PairRouter, "host">, ...words: readonly string[]): string {
  return execFileSync("ip", ["netns", "exec", host.namespace, ...words], { encoding: "utf8", stdio: "pipe" });
}

/** Whether an echo request of the client, one packet, is answered. */
export function isAnswered(client: { readonly namespace: string }, address: string): boolean {
  try {
    const words = ["netns", "exec", client.namespace, "ping", "-n", "-c", "1", "-W", "1", address];
    execFileSync("ip", words, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** An IPv4 echo request in an Ethernet frame; hardware addresses as "00:00:5e:00:01:33". */
export function echoFrame(destinationHardware: string, source: string, destination: string): Buffer {
  const octets = (text: string, separator: string, radix: number) =>
    text.split(separator).map((part) => Number.parseInt(part, radix));
  const header = Buffer.from([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0]);
  const addresses = [...octets(source, ".", 10), ...octets(destination, ".", 10)];
  const ip = Buffer.from([...header, ...addresses]);
  ip.writeUInt16BE(internetChecksum(ip), 10);
  const echo = Buffer.from([8, 0, 0xf7, 0xfd, 0, 1, 0, 1]);
  const ethernet = Buffer.from([...octets(destinationHardware, ":", 16), 2, 0, 0, 0, 0, 9, 8, 0]);
  return Buffer.concat([ethernet, ip, echo]);
}
