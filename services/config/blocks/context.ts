/** What the rules of every block share. */

import type { RunAs } from "../../../contracts/config/command.ts";
import type { FindNumber } from "../../io/iproute-names.ts";
import type { DiagnosticSink, Report } from "../diagnostics.ts";

/** What every rule may use. */
export interface LowerContext {
  readonly report: Report;
  readonly accepts: DiagnosticSink["accepts"];
  /** Keywords that are read and not acted on, said once each. */
  readonly mentioned: Set<string>;
  /** The host's names for tables, protocols and the like. */
  readonly findNumber: FindNumber;
  /** Who a command runs as where it names nobody: `script_user`, as far as it stands in front. */
  readonly runAs?: RunAs | undefined;
  /** What the next rule without a preference gets. */
  readonly rulePreferences: { ipv4: number; ipv6: number };
}
