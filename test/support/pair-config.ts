/** The configuration files of a pair: what keepalived and Understudy both read. */

export interface RouterSettings {
  readonly node: string;
  readonly priority: number;
  /** Seconds. */
  readonly advertisementInterval: number;
  /** undefined: no authentication. */
  readonly password: string | undefined;
  readonly authenticationType: "PASS" | "AH";
  readonly virtualRouterId: number;
  readonly interface: string;
  readonly virtualAddresses: readonly string[];
  /** More lines of the vrrp_instance. */
  readonly more: readonly string[];
}

export const virtualAddress = "10.10.10.114";
export const pairInterface = "enp3s0f0";

export const defaultSettings: Omit<RouterSettings, "node" | "priority"> = {
  advertisementInterval: 1,
  password: "1111",
  authenticationType: "PASS",
  virtualRouterId: 51,
  interface: pairInterface,
  virtualAddresses: [virtualAddress],
  more: [],
};

export function configurationText(settings: RouterSettings): string {
  const { node, priority, advertisementInterval, password, virtualRouterId } = settings;
  const authentication =
    password === undefined
      ? []
      : [
          "    authentication {",
          `        auth_type ${settings.authenticationType}`,
          `        auth_pass ${password}`,
          "    }",
        ];
  return [
    "! Configuration File for keepalived",
    "global_defs {",
    `    router_id ${node}`,
    "}",
    "vrrp_instance VI_1 {",
    "    state BACKUP",
    `    interface ${settings.interface}`,
    `    virtual_router_id ${virtualRouterId}`,
    `    priority ${priority}`,
    `    advert_int ${advertisementInterval}`,
    ...authentication,
    "    virtual_ipaddress {",
    ...settings.virtualAddresses.map((address) => `        ${address}`),
    "    }",
    ...settings.more.map((line) => `    ${line}`),
    "}",
    "",
  ].join("\n");
}
