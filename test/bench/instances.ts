/** The text of a keepalived.conf with many virtual routers, which both makes read. */

export interface Instance {
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly address: string;
}

export interface InstancesPlan {
  readonly node: string;
  readonly version: 2 | 3;
  readonly priority: number;
  /** Seconds. */
  readonly interval: number;
  readonly instances: readonly Instance[];
  /** Lines of global_defs. */
  readonly globals?: readonly string[];
}

export function instancesConfiguration(plan: InstancesPlan): string {
  const { node, version, priority, interval, instances, globals = [] } = plan;
  const pass =
    version === 2 ? "    authentication {\n        auth_type PASS\n        auth_pass 1111\n    }\n" : "";
  const blocks = instances.map(
    ({ interface: name, virtualRouterId, address }, index) => `vrrp_instance VI_${index} {
    state BACKUP
    version ${version}
    interface ${name}
    virtual_router_id ${virtualRouterId}
    priority ${priority}
    advert_int ${interval}
${pass}    virtual_ipaddress {
        ${address}
    }
}
`,
  );
  const defs = [`router_id node_${node}`, ...globals].map((line) => `    ${line}\n`).join("");
  return `global_defs {\n${defs}}\n${blocks.join("")}`;
}
