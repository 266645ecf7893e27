/** What only the host can tell about a configuration: interfaces that are not there, scripts that cannot run. */

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Command, RunAs } from "../../contracts/config/command.ts";
import type { DaemonConfig, VirtualRouterConfig } from "../../contracts/config/schema.ts";
import { defaultScriptUserName, findCredentials } from "../io/credentials.ts";
import { findUnsafePart } from "../io/script-security.ts";
import type { Diagnostic, Location } from "./diagnostics.ts";
import { type InterfacePlaces, staticPlace } from "./lower.ts";

export type ScriptStatus = "runs" | "missing" | "not-executable";

/** The questions to the host; tests answer them from a table. */
export interface HostProbes {
  readonly interfaceExists: (name: string) => boolean;
  /** `path` is the first word of a command: a path, or a bare name that is looked up in PATH (keepalived P25). */
  readonly scriptStatus: (path: string) => ScriptStatus;
  /** Whether this host knows the user and the group. */
  readonly isAccount: (runAs: RunAs) => boolean;
  /** The part of its path that somebody else than root may write; not asked where it is left out. */
  readonly unsafePart?: (path: string) => string | undefined;
}

/** The probes of this host, in this network namespace. */
export const hostProbes: HostProbes = {
  ...{ interfaceExists, scriptStatus, isAccount, unsafePart: findUnsafePart },
};

/**
 * An error for each interface that does not exist, since no router can run on it, or a warning where it is to be waited
 * for; a warning for each script that
 * cannot be run. In the order of the routers. `places` (LoadResult) gives the line of an interface; without it the
 * line of the router is named.
 */
export function checkHost(
  config: DaemonConfig,
  probes: HostProbes,
  places: InterfacePlaces = new Map(),
): readonly Diagnostic[] {
  const routers = config.routers.flatMap((router) => [
    ...checkInterfaces(router, probes, places, config.awaitsInterfaces ? "warning" : "error"),
    ...checkRoutes(router, probes, places),
    ...checkHandlers(router, probes),
  ]);
  const groups = config.syncGroups.flatMap((group) => checkHandlers(group, probes));
  const statics = checkStatics(config, probes, places);
  const scripts = config.trackers.flatMap((tracker) =>
    tracker.kind === "script" ? checkCommand(tracker.command, probes, trackedWithout) : [],
  );
  const found = [...routers, ...groups, ...statics, ...scripts];
  return [...found, ...tellDefaultUser(config, probes)];
}

function checkInterfaces(
  router: VirtualRouterConfig,
  probes: HostProbes,
  places: InterfacePlaces,
  severity: Diagnostic["severity"],
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
    severity,
    code: "unknown-interface",
    message: `interface ${name} for vrrp_instance ${router.name} doesn't exist`,
    location: places.get(`${router.name}/${name}`) ?? lineOf(router.source),
    keepalived: `WARNING - interface ${name} for vrrp_instance ${router.name} doesn't exist; it exits unless \`dynamic_interfaces\` stands in global_defs`,
    suggestion: "`ip link` lists the interfaces of this host",
  }));
}

/** The router runs all the same, as long as the kernel refuses the route. */
function checkRoutes(router: VirtualRouterConfig, probes: HostProbes, places: InterfacePlaces): Diagnostic[] {
  const hops = (router.routing?.routes ?? []).flatMap(({ nextHops }) => nextHops);
  const names = new Set(hops.flatMap((hop) => hop.interface ?? []));
  const made = router.virtualMac?.interface;
  const missing = [...names].filter((name) => name !== made && !probes.interfaceExists(name));
  return missing.map((name) => ({
    severity: "warning",
    code: "unknown-interface",
    message: `interface ${name} for a route of vrrp_instance ${router.name} doesn't exist; ${router.name} runs without that route until it is there`,
    location: places.get(`${router.name}/${name}`) ?? lineOf(router.source),
    keepalived: `WARNING - interface ${name} for VROUTE nexthop doesn't exist; it exits`,
    suggestion: "`ip link` lists the interfaces of this host",
  }));
}

/** They are installed as soon as the interface is there. */
function checkStatics(config: DaemonConfig, probes: HostProbes, places: InterfacePlaces): Diagnostic[] {
  const { addresses, routing } = config.statics ?? { addresses: [], routing: { routes: [], rules: [] } };
  const hops = routing.routes.flatMap(({ nextHops }) => nextHops);
  const names = new Set([...addresses, ...hops].flatMap((each) => each.interface ?? []));
  const missing = [...names].filter((name) => !probes.interfaceExists(name));
  return missing.map((name) => ({
    severity: "warning",
    code: "unknown-interface",
    message: `interface ${name} for a static address or route doesn't exist; the node runs without it until it is there`,
    location: places.get(`${staticPlace}/${name}`) ?? { file: "", line: 1, column: 1 },
    keepalived: "leaves it out, or exits",
    suggestion: "`ip link` lists the interfaces of this host",
  }));
}

/** What a command that cannot be run leads to. */
interface Loss {
  readonly keepalived: string;
  readonly consequence: string;
}

const trackedWithout: Loss = {
  keepalived: "Disabling track script since not found/accessible; who tracks it runs without",
  consequence: "nothing is tracked by it",
};

/** Of a router or a sync group. */
function checkHandlers(
  { name, handlers }: Pick<VirtualRouterConfig, "name" | "handlers">,
  probes: HostProbes,
): Diagnostic[] {
  const { active, backup, fault, stop, any } = handlers;
  const loss = {
    keepalived: "disables the script and goes on",
    consequence: `${name} runs without this handler`,
  };
  return [active, backup, fault, stop, any].flatMap((command) =>
    command === undefined ? [] : checkCommand(command, probes, loss),
  );
}

function checkCommand(command: Command, probes: HostProbes, loss: Loss): Diagnostic[] {
  const { runAs, source } = command;
  const script = command.argv[0] ?? "";
  const location = lineOf(source);
  const common = { severity: "warning", location, keepalived: loss.keepalived } as const;
  if (runAs !== undefined && !probes.isAccount(runAs)) {
    return [
      {
        ...common,
        code: "unknown-user",
        message: `this host has no user or group \`${Object.values(runAs).join(":")}\`; ${loss.consequence}`,
        suggestion: "if it is an argument of the command, quote the whole command",
      },
    ];
  }
  const status = probes.scriptStatus(script);
  if (status === "runs") return checkSecurity(command, probes, loss);
  const isMissing = status === "missing";
  const reason = isMissing ? "No such file or directory" : "Permission denied";
  return [
    {
      ...common,
      code: isMissing ? "script-missing" : "script-not-executable",
      message: `Script ${script} cannot be accessed - ${reason}`,
      suggestion: isMissing
        ? `${loss.consequence} until the file is there`
        : `make it executable: chmod +x ${script}`,
    },
  ];
}

/** keepalived takes that account without a word. */
function tellDefaultUser(config: DaemonConfig, probes: HostProbes): Diagnostic[] {
  const handlers = [...config.routers, ...config.syncGroups].flatMap((each) => Object.values(each.handlers));
  const scripts = config.trackers.flatMap((each) => (each.kind === "script" ? each.command : []));
  const first = [...handlers, ...scripts].find(
    (command) => command !== undefined && command.runAs === undefined,
  );
  if (first === undefined || !probes.isAccount({ user: defaultScriptUserName })) return [];
  return [
    {
      severity: "note",
      code: "default-script-user",
      message: `scripts without a user run as ${defaultScriptUserName}, since this host has that account`,
      location: lineOf(first.source),
      keepalived: "does the same",
      suggestion: "`script_user USER` in global_defs names another",
    },
  ];
}

/** Whether root would run it where that is guarded (keepalived enable_script_security). */
function checkSecurity(
  { argv, runAs, isGuarded, source }: Command,
  probes: HostProbes,
  { consequence }: Loss,
): Diagnostic[] {
  if (isGuarded === undefined) return [];
  const common = { severity: "warning", location: lineOf(source) } as const;
  if (runAs === undefined && !probes.isAccount({ user: defaultScriptUserName })) {
    return [
      {
        ...common,
        code: "no-script-user",
        message: `no script_user is named and this host has no ${defaultScriptUserName}; ${consequence}`,
        keepalived: `Unable to set default user ${defaultScriptUserName} for script - removing`,
        suggestion: `add \`script_user USER\` to global_defs, or make the account ${defaultScriptUserName}`,
      },
    ];
  }
  const part = isRoot(runAs) ? probes.unsafePart?.(argv[0] ?? "") : undefined;
  if (part === undefined) return [];
  return [
    {
      ...common,
      code: "unsafe-script",
      message: `others than root may write ${part}, and root would run ${argv[0]}; ${consequence}`,
      keepalived: `Unsafe permissions found for script '${argv[0]}' - disabling.`,
      suggestion: `chown root ${part} and chmod go-w ${part}, or run it as another user`,
    },
  ];
}

function isRoot(runAs: RunAs | undefined): boolean {
  return runAs?.user === "root" || runAs?.user === "0";
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

function isAccount({ user, group }: RunAs): boolean {
  return findCredentials(user, group).ok;
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
