/** How the bus is, for `status` and for those who put it together. */

/** connecting: first attempt. down: the last attempt failed or the connection ended; the next one follows by itself. */
export type BusState = "connecting" | "provisioning" | "draining" | "live" | "down";

export interface BusStatus {
  readonly state: BusState;
  /** Without user and password. */
  readonly url: string;
  readonly stream: string;
  /** Version of the server; undefined before the first connection. */
  readonly serverVersion: string | undefined;
  /** What went wrong last; undefined in health. One sentence. */
  readonly lastError: string | undefined;
  /** Settings that the server did not take over. */
  readonly shortcomings: readonly string[];
  /** Position up to which the stream is known to hold everything. */
  readonly acknowledged: number;
  /** Records in the journal and not known to be in the stream. */
  readonly backlog: number;
  /** Connections since the start. */
  readonly generation: number;
  /** Since when no answer has come, by performance.now(); undefined where the last one did. */
  readonly silentSince: number | undefined;
}
