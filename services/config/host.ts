/** What only the host can tell about a configuration: interfaces that are not there, scripts that cannot run. */

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { DaemonConfig, HandlerCommand, VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { Diagnostic, Location } from "./diagnostics.ts";
import type { InterfacePlaces } from "./lower.ts";

export type ScriptStatus = "runs" | "missing" | "not-executable";

/** The questions to the host; tests answer them from a table. */
export interface HostProbes {
  readonly interfaceExists: (name: string) => boolean;
  /** `path` is the first word of a command: a path, or a bare name that is looked up in PATH (keepalived P25). */
  readonly scriptStatus: (path: string) => ScriptStatus;
}

/** The probes of this host, in this network namespace. */
export const hostProbes: HostProbes = { interfaceExists, scriptStatus };

/**
 * An error for each interface that does not exist, since no router can run on it; a warning for each script that
 * cannot be run. In the order of the routers. `places` (LoadResult) gives the line of an interface; without it the
 * line of the router is named.
 */
export function checkHost(
  config: DaemonConfig,
  probes: HostProbes,
  places: InterfacePlaces = new Map(),
): readonly Diagnostic[] {
  return config.routers.flatMap((router) => [
    ...checkInterfaces(router, probes, places),
    ...checkScripts(router, probes),
  ]);
}

function checkInterfaces(
  router: VirtualRouterConfig,
  probes: HostProbes,
  places: InterfacePlaces,
): Diagnostic[] {
  const names = [
    router.interface,
    ...router.trackedInterfaces,
    ...router.addresses.map((each) => each.interface),
  ];
  // The virtual MAC's own interface is made by the daemon.
  const made = router.virtualMac?.interface;
  const missing = [...new Set(names)].filter((name) => name !== made && !probes.interfaceExists(name));
  return missing.map((name) => ({
    severity: "error",
    code: "unknown-interface",
    message: `interface ${name} for vrrp_instance ${router.name} doesn't exist`,
    location: places.get(`${router.name}/${name}`) ?? lineOf(router.source),
    keepalived: `WARNING - interface ${name} for vrrp_instance ${router.name} doesn't exist; it exits`,
    suggestion: "`ip link` lists the interfaces of this host",
  }));
}

function checkScripts(router: VirtualRouterConfig, probes: HostProbes): Diagnostic[] {
  const { active, backup, fault, stop, any } = router.handlers;
  return [active, backup, fault, stop, any].flatMap((command) =>
    command === undefined ? [] : checkScript(router.name, command, probes),
  );
}

function checkScript(router: string, command: HandlerCommand, probes: HostProbes): Diagnostic[] {
  const script = command.argv[0] ?? "";
  const status = probes.scriptStatus(script);
  if (status === "runs") return [];
  const isMissing = status === "missing";
  return [
    {
      severity: "warning",
      code: isMissing ? "script-missing" : "script-not-executable",
      message: `Script ${script} cannot be accessed - ${isMissing ? "No such file or directory" : "Permission denied"}`,
      location: lineOf(command.source),
      keepalived: "disables the script and goes on",
      suggestion: isMissing
        ? `${router} runs without this handler until the file is there`
        : `make it executable: chmod +x ${script}`,
    },
  ];
}

function lineOf(source: { readonly file: string; readonly line: number }): Location {
  return { file: source.file, line: source.line, column: 1 };
}

function interfaceExists(name: string): boolean {
  return (
    name !== "" &&
    !name.includes("/") &&
    name !== "." &&
    name !== ".." &&
    existsSync(join("/sys/class/net", name))
  );
}

function scriptStatus(path: string): ScriptStatus {
  if (path.includes("/")) return fileStatus(path);
  const folders = (
    process.env["PATH"] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  ).split(delimiter);
  const found = folders.map((folder) => fileStatus(join(folder, path)));
  return (
    found.find((status) => status === "runs") ?? found.find((status) => status !== "missing") ?? "missing"
  );
}

function fileStatus(path: string): ScriptStatus {
  try {
    if (!statSync(path).isFile()) return "not-executable";
    accessSync(path, constants.X_OK);
    return "runs";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "EACCES" ? "not-executable" : "missing";
  }
}
