/** keepalived's own command line, so that a unit file can be switched over by one word: options -> what to do. */

import { parseArgs } from "node:util";

export type KeepalivedAction =
  | {
      readonly kind: "run";
      readonly file: string;
      readonly configId?: string;
      readonly pidFile: string;
      readonly forks: boolean;
    }
  | { readonly kind: "test"; readonly file: string; readonly configId?: string }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "refuse"; readonly reason: string };

export interface KeepalivedCommandLine {
  readonly action: KeepalivedAction;
  /** Sentences about options that change nothing here. */
  readonly remarks: readonly string[];
}

/** keepalived's own places. */
const defaultFile = "/etc/keepalived/keepalived.conf";
const defaultPidFile = "/run/keepalived.pid";

/** `--signum`: which signal asks for what; STATS and JSON are the same as DATA here. */
const signals: Readonly<Record<string, number>> = { STOP: 15, RELOAD: 1, DATA: 10, STATS: 10, JSON: 10 };

const text = { type: "string" } as const;
const bare = { type: "boolean" } as const;

const options = {
  "use-file": { ...text, short: "f" },
  "config-id": { ...text, short: "i" },
  pid: { ...text, short: "p" },
  "dont-fork": { ...bare, short: "n" },
  signum: text,
  version: { ...bare, short: "v" },
  check: { ...bare, short: "C" },
  // Nothing else runs here, so these ask for what is the case.
  vrrp: { ...bare, short: "P" },
  no_bfd: { ...bare, short: "B" },
  all: bare,
  "log-console": { ...bare, short: "l" },
  "log-detail": { ...bare, short: "D" },
  "no-syslog": { ...bare, short: "G" },
  "no-mem-check": bare,
  "release-vips": { ...bare, short: "X" },
  vrrp_pid: { ...text, short: "r" },
  checkers_pid: { ...text, short: "c" },
  bfd_pid: { ...text, short: "b" },
  // These would change what is done.
  "log-facility": { ...text, short: "S" },
  "dump-conf": { ...bare, short: "d" },
  umask: { ...text, short: "u" },
  "dont-respawn": { ...bare, short: "R" },
  "dont-release-ipvs": { ...bare, short: "I" },
  "address-monitoring": { ...bare, short: "a" },
  snmp: { ...bare, short: "x" },
  "snmp-agent-socket": { ...text, short: "A" },
  "core-dump": { ...bare, short: "m" },
  "core-dump-pattern": { ...text, short: "M" },
  "all-config": { ...bare, short: "e" },
  namespace: { ...text, short: "s" },
  "dont-release-vrrp": { ...bare, short: "V" },
  genhash: { ...bare, short: "T" },
} as const;

const withoutEffect: Readonly<Record<string, string>> = {
  "log-facility": "the log goes to standard output; journald and syslog take it from there",
  "dump-conf": "SIGUSR1 writes the state as JSON",
  umask: "files are made with fixed modes",
  "dont-respawn": "a virtual router that crashed is started anew inside the process",
  "dont-release-ipvs": "no load balancing is set up",
  "address-monitoring": "`understudy events` tells what happens to addresses",
  snmp: "events go to NATS",
  "snmp-agent-socket": "events go to NATS",
  "core-dump": "the kernel's own settings hold",
  "core-dump-pattern": "the kernel's own settings hold",
  "all-config": "write `includea` for what must be there",
};

const refusals: Readonly<Record<string, string>> = {
  namespace: "start it inside of the namespace instead: ip netns exec NAME understudy-keepalived …",
  "dont-release-vrrp": "the addresses are always withdrawn: a peer takes them over at the same moment",
  genhash: "there is no genhash; keepalived's own program makes hashes",
  check: "health checks are not built yet, and with --check nothing else would run",
};

/** Reads what stands behind the program's name. */
export function readKeepalivedOptions(argv: readonly string[], version: string): KeepalivedCommandLine {
  // `-t`, `--config-test` and `--config-test=FILE`: a value only behind an equals sign, which parseArgs knows not.
  const isTest = argv.some((word) => word === "-t" || /^--config-test(=|$)/u.test(word));
  const args = argv.filter((word) => word !== "-t" && !/^--config-test(=|$)/u.test(word));
  const parsed = parse(args);
  if (typeof parsed === "string") return { action: { kind: "refuse", reason: parsed }, remarks: [] };
  const given = Object.keys(parsed);
  const remarks = given.flatMap((name) => {
    const why = withoutEffect[name];
    return why === undefined ? [] : [`--${name} changes nothing: ${why}`];
  });
  return { action: actionOf(parsed, isTest, version), remarks };
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

function parse(args: string[]): Values | string {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function actionOf(values: Values, isTest: boolean, version: string): KeepalivedAction {
  if (values.version === true)
    return { kind: "print", text: `Understudy v${version}, in place of Keepalived` };
  if (values.signum !== undefined) {
    const number = signals[values.signum];
    if (number === undefined) return { kind: "refuse", reason: `no signal is called ${values.signum}` };
    return { kind: "print", text: String(number) };
  }
  const refused = Object.keys(values).find((name) => Object.hasOwn(refusals, name));
  if (refused !== undefined) return { kind: "refuse", reason: `--${refused}: ${refusals[refused]}` };
  const file = values["use-file"] ?? defaultFile;
  const configId = values["config-id"];
  const common = { file, ...(configId === undefined ? {} : { configId }) };
  if (isTest) return { kind: "test", ...common };
  return {
    kind: "run",
    ...common,
    pidFile: values.pid ?? defaultPidFile,
    forks: values["dont-fork"] !== true,
  };
}
