/** One thing that an audit of the history has found. */

export type FindingKind =
  | "dualActive"
  | "nobodyActive"
  | "flapping"
  | "missing"
  | "chain"
  | "changed"
  | "clockSkew"
  | "clockStep";

export interface Finding {
  readonly kind: FindingKind;
  readonly severity: "bad" | "warning" | "note";
  /** Microseconds since 1970; the end is open for what lasts. */
  readonly from: number;
  readonly to: number;
  /** The router concerned; empty where it is a node. */
  readonly router: string;
  readonly nodes: readonly string[];
  /** A sentence without a full stop. */
  readonly what: string;
}
