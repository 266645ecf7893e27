/** Where records come from: any number of NATS servers, or a file of what `understudy events --json` printed. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type EventRecord, eventRecordSchema } from "../../../contracts/events/envelope.ts";
import type { SourceState } from "../../../machines/inspection/hello.ts";
import type { NatsAddress } from "../../client/address.ts";
import type { SubscriptionStart } from "../../client/stream-reader.ts";
import { subscribe } from "../../client/subscribe.ts";
import { describeThrown, done, failure, type Outcome } from "../../io/outcome.ts";

export interface Source {
  state(): SourceState;
  /** Resolves once the signal is aborted. */
  readonly ended: Promise<unknown>;
}

export function followNats(options: {
  readonly address: NatsAddress;
  readonly start: SubscriptionStart;
  readonly onRecord: (record: EventRecord, text: string) => void;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
}): Source {
  const { address, onRecord, onChange, signal } = options;
  let current: SourceState = { name: address.shown, state: "reading", problem: "" };
  const become = (change: Partial<SourceState>) => {
    const next = { ...current, ...change };
    const isNew = next.state !== current.state || next.problem !== current.problem;
    current = next;
    if (isNew) onChange();
  };
  const ended = subscribe({
    address,
    name: "understudy inspect",
    filter: {},
    start: options.start,
    follow: true,
    signal,
    onRecord,
    onLive: () => become({ state: "live", problem: "" }),
    onProblem: (problem) => become({ state: "waiting", problem }),
  });
  return { state: () => current, ended };
}

/** Reads all of it. The error names the line of the first one that is no record. */
export async function readFile(
  file: string,
  onRecord: (record: EventRecord, text: string) => void,
): Promise<Outcome> {
  let number = 0;
  try {
    for await (const line of createInterface({
      input: createReadStream(file),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      number += 1;
      if (line.trim() === "") continue;
      const parsed = parse(line);
      if (typeof parsed === "string") return failure(`${file}:${number}: ${parsed}`);
      onRecord(parsed, line.trim());
    }
  } catch (thrown) {
    return failure(`${file}: ${describeThrown(thrown)}`);
  }
  return number === 0 ? failure(`${file}: holds no record`) : done;
}

function parse(line: string): EventRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (thrown) {
    return `is no JSON (${describeThrown(thrown)})`;
  }
  const parsed = eventRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `is no event record: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;
}
