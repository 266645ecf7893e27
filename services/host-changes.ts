/**
 * What the daemon changes on the host outside of its own addresses: kernel settings, and interfaces it makes. All of it
 * is written into a file before it is done, so that the next start puts back what a killed daemon could not.
 */

import { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { type Statics, staticsSchema } from "../contracts/config/schema.ts";
import { describeThrown } from "./io/outcome.ts";
import { createSysctlGuard, type SysctlChange, type SysctlGuard } from "./io/sysctl.ts";
import { removeVirtualMac } from "./io/virtual-mac.ts";
import { namesOf, removeStatics, withoutStatics } from "./statics.ts";

export interface HostChanges {
  /** Its changes are in the file while they last. */
  readonly settings: SysctlGuard;
  /** The interfaces that were made. Written down before the call returns. */
  setInterfaces(names: readonly string[]): void;
  /** Static addresses, routes and rules. Written down before the call returns. */
  setStatics(statics: Statics): void;
  /** What a daemon that died has left of those that are wanted. */
  readonly inherited: Statics | undefined;
  /** Removes the interfaces, puts the settings back, and deletes the file where that left nothing. Answers with what went wrong. */
  restore(): readonly string[];
}

/**
 * A ledger that starts empty: what the file of a predecessor tells is put back first, but for the interfaces to `keep`,
 * which their next owner takes over. `onNotice` is told of each thing that was put back, or could not be.
 */
export function openHostChanges(options: {
  readonly file: string;
  readonly keep: ReadonlySet<string>;
  /** Those that the predecessor left and that are wanted stay, too. */
  readonly statics?: Statics | undefined;
  readonly onNotice: (sentence: string) => void;
}): HostChanges {
  const { file, onNotice } = options;
  const inherited = putBack(readLedger(file), options);
  let settings: readonly SysctlChange[] = [];
  let interfaces: readonly string[] = [];
  let statics = inherited;
  const write = () => {
    try {
      const made = { settings: [...settings], interfaces: [...interfaces] };
      writeLedger(file, { place: placeNow(), ...made, ...(statics === undefined ? {} : { statics }) });
    } catch (thrown) {
      onNotice(`${file} cannot be written, so a crash would leave changes behind: ${describeThrown(thrown)}`);
    }
  };
  const guard = createSysctlGuard({
    onChange: (changes) => {
      settings = changes;
      write();
    },
  });
  return {
    settings: guard,
    setInterfaces: (names) => {
      interfaces = names;
      write();
    },
    setStatics: (made) => {
      statics = made;
      write();
    },
    inherited,
    restore: () => {
      const errors = [...guard.restore().errors, ...removeInterfaces(interfaces)];
      interfaces = [];
      if (errors.length === 0) rmSync(file, { force: true });
      return errors;
    },
  };
}

const ledgerSchema = z.strictObject({
  /** Which boot and which network namespace the changes were made in: they ended with it. */
  place: z.string(),
  settings: z.array(z.strictObject({ path: z.string(), previous: z.int(), ours: z.int() })),
  interfaces: z.array(z.string()),
  statics: staticsSchema.optional(),
});

type Ledger = z.infer<typeof ledgerSchema>;

function putBack(
  ledger: Ledger | undefined,
  { file, keep, statics, onNotice }: Parameters<typeof openHostChanges>[0],
): Statics | undefined {
  if (ledger === undefined || ledger.place !== placeNow()) return undefined;
  const guard = createSysctlGuard({ initial: ledger.settings });
  const { foreign, errors } = guard.restore();
  for (const { path } of ledger.settings) {
    if (!foreign.includes(path)) onNotice(`put back ${path}, changed by a daemon that died`);
  }
  const unwanted = ledger.interfaces.filter((name) => !keep.has(name));
  const left = ledger.statics;
  const unwantedStatics = left && statics ? withoutStatics(left, statics) : left;
  for (const each of unwantedStatics === undefined ? [] : namesOf(unwantedStatics))
    onNotice(`removed static ${each}, left by a daemon that died`);
  const refused = unwantedStatics === undefined ? [] : removeStatics(unwantedStatics);
  const failures = [...errors, ...refused, ...removeInterfaces(unwanted)];
  for (const name of unwanted) onNotice(`removed interface ${name}, left by a daemon that died`);
  for (const failure of failures) onNotice(failure);
  rmSync(file, { force: true });
  return left && unwantedStatics && withoutStatics(left, unwantedStatics);
}

function removeInterfaces(names: readonly string[]): readonly string[] {
  return names.map(removeVirtualMac).flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
}

/** Undefined where there is none, or where it cannot be read: then nothing is known of a predecessor. */
function readLedger(file: string): Ledger | undefined {
  try {
    return ledgerSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** In one step, so that a reader never sees half of it. */
function writeLedger(file: string, ledger: Ledger): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.new`;
  writeFileSync(draft, JSON.stringify(ledger));
  renameSync(draft, file);
}

function placeNow(): string {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return `${boot} ${readlinkSync("/proc/self/ns/net")}`;
}
