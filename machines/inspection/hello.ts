/** What the inspector's server tells its page about itself and where it reads. */

/** One place that records come from, as the page shows it. */
export interface SourceState {
  /** A URL without secrets, or the name of a file. */
  readonly name: string;
  /** `waiting`: it does not answer at the moment, and is asked again and again. */
  readonly state: "reading" | "live" | "waiting";
  /** A sentence; empty while there is none. */
  readonly problem: string;
}

/** What a page is told first, and again when it changes. */
export interface Hello {
  /** Another one after each start of the server: numbers of rows begin anew. */
  readonly run: string;
  /** `file`: nothing more will happen. */
  readonly mode: "live" | "file";
  readonly version: string;
  /** Milliseconds since 1970, by the server's clock. */
  readonly now: number;
  /** Numbers of the oldest row and of the next one. */
  readonly first: number;
  readonly next: number;
  readonly sources: readonly SourceState[];
}
