/** What the exit statuses of a check script say: up or down, after so many in a row (keepalived T4). Pure. */

export interface ScriptSettings {
  /** Successes in a row before it counts as up again. */
  readonly rise: number;
  /** Failures in a row before it counts as down. */
  readonly fall: number;
  /** It counts as down before its first result (keepalived init_fail). */
  readonly isDownAtFirst: boolean;
}

/** `unknown` until the first result, which decides at once. */
export type ScriptStatus = "unknown" | "up" | "down";

export interface ScriptMemory {
  readonly status: ScriptStatus;
  /** Results in a row that speak against the status. */
  readonly contradictions: number;
}

export function beforeFirstResult({ isDownAtFirst }: ScriptSettings): ScriptMemory {
  return { status: isDownAtFirst ? "down" : "unknown", contradictions: 0 };
}

export function afterResult(
  memory: ScriptMemory,
  settings: ScriptSettings,
  succeeded: boolean,
): ScriptMemory {
  const said = succeeded ? "up" : "down";
  if (memory.status === said) return { status: said, contradictions: 0 };
  const contradictions = memory.contradictions + 1;
  const needed = memory.status === "unknown" ? 1 : succeeded ? settings.rise : settings.fall;
  return contradictions >= needed ? { status: said, contradictions: 0 } : { ...memory, contradictions };
}
