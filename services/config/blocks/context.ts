/** What the rules of every block share. */

import type { DiagnosticSink, Report } from "../diagnostics.ts";

/** What every rule may use. */
export interface LowerContext {
  readonly report: Report;
  readonly accepts: DiagnosticSink["accepts"];
  /** Keywords that are read and not acted on, said once each. */
  readonly mentioned: Set<string>;
}
