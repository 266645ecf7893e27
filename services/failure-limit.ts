/** An effect that fails the same way again and again is written down once a minute. */

import type { Microseconds } from "../contracts/units.ts";
import { refusalInterval } from "./refusals.ts";

export interface FailureLimit {
  /** Whether this failure is to be written down, which is remembered. */
  isNew(effect: string, error: string, at: Microseconds): boolean;
}

export function createFailureLimit(): FailureLimit {
  let told: Map<string, { readonly error: string; readonly at: Microseconds }> | undefined;
  return {
    isNew(effect, error, at) {
      told ??= new Map();
      const before = told.get(effect);
      if (before?.error === error && at - before.at < refusalInterval) return false;
      told.set(effect, { error, at });
      return true;
    },
  };
}
