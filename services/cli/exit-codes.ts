/** Exit codes of every command: documented in docs/operations.md and stable. */

export const exitCodes = {
  ok: 0,
  /** It ran, and something needs attention: warnings with --strict, problems in status, a failed lab step, a refused command. */
  attention: 1,
  /** The configuration or the command line cannot be used. */
  usage: 2,
  /** No privilege, or the kernel refuses what is needed. */
  privilege: 3,
  /** Another daemon holds the data directory, or none is there to answer. */
  daemon: 4,
  /** Something nobody foresaw. */
  failure: 70,
} as const;
