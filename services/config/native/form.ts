/** Which files are understudy.yaml, and what reads them. */

import type { Report } from "../diagnostics.ts";
import type { Lowered } from "../lower.ts";
import type { Sliced } from "../slices.ts";
import type { DecodedFile } from "../source.ts";

export interface NativeForm {
  readonly readSliced: (
    file: string,
    decoded: DecodedFile,
    hostName: string,
    report: Report,
  ) => Sliced<Lowered>;
  /** Diagnostics of what both forms are checked for, in this one's words. */
  readonly inWords: (path: string, report: Report) => Report;
}

/** Whether a path names a file of this form. */
export function isNativeFile(path: string): boolean {
  return /\.ya?ml$/iu.test(path);
}
