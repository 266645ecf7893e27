/** Which files are understudy.yaml, and what reads them. */

import type { Diagnostic, Report } from "../diagnostics.ts";
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

/** The diagnostics in the words of the form that the file has; `native` as for reading it. */
export function inWordsOf(
  path: string,
  native: NativeForm | undefined,
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  if (native === undefined || !isNativeFile(path)) return diagnostics;
  const said: Diagnostic[] = [];
  diagnostics.forEach(native.inWords(path, (diagnostic) => void said.push(diagnostic)));
  return said;
}
