/** Which errors of the file system are the disk's, which may pass, and which are those of a wrong setting. */

const troubles: readonly string[] = ["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"];

/** True for a full, failing or read-only disk. The daemon runs on with its records in memory then. */
export function isDiskTrouble(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && troubles.includes(String(thrown.code));
}
