/** `enable_script_security`: it holds for every command of the file, wherever it stands. */

import type { DaemonConfig } from "../../contracts/config/schema.ts";

/** The configuration with every command in it guarded. */
export function withGuardedScripts(config: DaemonConfig): DaemonConfig {
  return { ...guarded(config), guardsScripts: true };
}

/** A command is what has words to run. */
function guarded<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(guarded) as Value;
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries(value).map(([name, part]) => [name, guarded(part)] as const);
  return { ...Object.fromEntries(parts), ...("argv" in value ? { isGuarded: true } : {}) } as Value;
}
