/** The checklist of vrrp-conformance as data, and the vectors and matrix rows that tests run over. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** npm scripts and Vitest both start here. */
export const projectRoot = process.cwd();

export interface Requirement {
  readonly id: string;
  readonly section: string;
  /** The RFC's own word. */
  readonly level: string;
  readonly requirement: string;
  /** Vectors, scenarios and matrix rows that prove it, where all of them are tested. */
  readonly cases?: readonly string[];
}

/** What the RFCs leave open. */
export interface Judgement {
  readonly id: string;
  readonly question: string;
  readonly choice: string;
}

export interface Checklist {
  readonly sections: Readonly<Record<string, string>>;
  readonly requirements: readonly Requirement[];
  readonly judgements: readonly Judgement[];
  readonly scenarios: readonly string[];
}

interface Expectation {
  readonly result: "accept" | "discard";
  readonly counter: string | null;
  readonly counters: readonly string[];
}

/** A packet as octets, what receives it, and what is to come of it. */
export interface Vector {
  readonly id: string;
  readonly name: string;
  readonly family: "ipv4" | "ipv6";
  readonly src: string;
  readonly dst: string;
  readonly ttl: number;
  readonly ip_proto: number;
  readonly ip_total_length?: number;
  readonly hex: string;
  /** Of packets with an Authentication Header. */
  readonly ip_header_hex?: string;
  readonly config: {
    readonly vrid: number;
    readonly version: 2 | 3;
    readonly auth: { readonly type: number; readonly key?: string; readonly data?: string };
    readonly addresses: readonly string[];
    readonly checksum: "rfc9568" | "rfc5798" | "either";
    readonly priority: number;
    readonly interval_cs: number;
    readonly local_address: string;
  };
  readonly expect: Expectation;
  readonly alt?: readonly Expectation[];
}

/** One cell of the state x event matrix. */
export interface MatrixRow {
  readonly id: string;
  readonly profiles: readonly string[];
  readonly state: "Initialize" | "Backup" | "Active";
  readonly event: "STARTUP" | "SHUTDOWN" | "ADV" | "DOWN_TIMER" | "ADVER_TIMER";
  readonly guard: string;
  readonly next: string;
  readonly actions: readonly string[];
  readonly adver: string;
  readonly down: string;
  readonly aai: string;
}

export const checklist = readFixture("requirements.json") as Checklist;
export const vectors = (readFixture("vrrp-vectors.json") as { vectors: readonly Vector[] }).vectors;
export const matrixRows = (readFixture("vrrp-fsm-matrix.json") as { rows: readonly MatrixRow[] }).rows;

function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(join(projectRoot, "test/fixtures", name), "utf8"));
}
