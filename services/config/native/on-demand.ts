/** What reads understudy.yaml, loaded for a file that needs it: it takes as long and as much memory as what reads keepalived.conf. */

import { isNativeFile, type NativeForm } from "./form.ts";

/** Undefined where none of the files is of this form. */
export async function nativeFormFor(paths: readonly string[]): Promise<NativeForm | undefined> {
  return paths.some(isNativeFile) ? (await import("./read.ts")).nativeForm : undefined;
}
