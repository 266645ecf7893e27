/** The configuration files of a pair: what keepalived and Understudy both read. */

export interface RouterSettings {
  readonly node: string;
  readonly priority: number;
  readonly version: 2 | 3;
  /** Seconds; hundredths of them with version 3. */
  readonly advertisementInterval: number;
  /** undefined: no authentication. */
  readonly password: string | undefined;
  readonly authenticationType: "PASS" | "AH";
  /** Adverts go from the one address to the other instead of to the group. */
  readonly unicast: { readonly source: string; readonly peer: string } | undefined;
  readonly virtualRouterId: number;
  readonly interface: string;
  /** All of one family. The last one is what the client asks for. */
  readonly virtualAddresses: readonly string[];
  /** Lines in front of the vrrp_instance: scripts and the like. */
  readonly before: readonly string[];
  /** More lines of the vrrp_instance. */
  readonly more: readonly string[];
}

export const virtualAddress = "10.10.10.114";
export const pairInterface = "enp3s0f0";

export const defaultSettings: Omit<RouterSettings, "node" | "priority"> = {
  version: 2,
  advertisementInterval: 1,
  password: "1111",
  authenticationType: "PASS",
  unicast: undefined,
  virtualRouterId: 51,
  interface: pairInterface,
  virtualAddresses: [virtualAddress],
  before: [],
  more: [],
};

export function familyOf({ virtualAddresses }: RouterSettings): "ipv4" | "ipv6" {
  return virtualAddresses.some((address) => address.includes(":")) ? "ipv6" : "ipv4";
}

/** What the client asks for: the last address, without its length. */
export function askedAddress({ virtualAddresses }: RouterSettings): string {
  return virtualAddresses.at(-1)?.split("/")[0] ?? "";
}

/** keepalived.conf. */
export function configurationText(settings: RouterSettings): string {
  const { node, priority, version, advertisementInterval, password, unicast, virtualRouterId } = settings;
  const authentication =
    password === undefined
      ? []
      : [
          "    authentication {",
          `        auth_type ${settings.authenticationType}`,
          `        auth_pass ${password}`,
          "    }",
        ];
  const peers =
    unicast === undefined
      ? []
      : [
          `    unicast_src_ip ${unicast.source}`,
          ...["    unicast_peer {", `        ${unicast.peer}`, "    }"],
        ];
  return [
    "! Configuration File for keepalived",
    "global_defs {",
    `    router_id ${node}`,
    "}",
    ...settings.before,
    "vrrp_instance VI_1 {",
    "    state BACKUP",
    `    interface ${settings.interface}`,
    ...(version === 3 ? ["    version 3"] : []),
    `    virtual_router_id ${virtualRouterId}`,
    `    priority ${priority}`,
    `    advert_int ${advertisementInterval}`,
    ...authentication,
    ...peers,
    "    virtual_ipaddress {",
    ...settings.virtualAddresses.map((address) => `        ${address}`),
    "    }",
    ...settings.more.map((line) => `    ${line}`),
    "}",
    "",
  ].join("\n");
}
