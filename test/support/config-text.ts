/** Reads keepalived.conf texts for tests: a whole file, or one instance with all it needs. */

import { type LoadResult, readConfig } from "../../services/config/load.ts";

export function read(text: string): LoadResult {
  return readConfig(Buffer.from(text), { path: "f", hostName: "host" });
}

/** One instance with all it needs, and `lines` behind. */
export function instance(lines: string, head = ""): LoadResult {
  return read(`${head}vrrp_instance VI_1 {
interface eth0
virtual_router_id 51
virtual_ipaddress {
10.0.0.1/24
}
${lines}
}
`);
}

export const router = (result: LoadResult) => result.config?.routers[0];

export const codes = (result: LoadResult) =>
  result.diagnostics.map(({ severity, code }) => `${severity} ${code}`);
