/**
 * When the journal is asked to let old segments go: when a segment was opened, when NATS has caught up, and each hour.
 * Never in the tick of a record.
 */

import type { Journal } from "./journal.ts";
import type { RetentionLimits, RetirementPlan } from "./retention.ts";

export interface RetentionKeeperOptions {
  readonly journal: Pick<Journal, "retire" | "onSegment">;
  readonly limits: RetentionLimits;
  readonly isStored: RetirementPlan["isStored"];
  /** Told of what went, and once of a journal that stays beyond its limits. */
  readonly onNotice: (notice: "journalRetired" | "journalOverdue", detail: string) => void;
}

export interface RetentionKeeper {
  /** NATS has caught up with the journal. */
  caughtUp(): void;
  close(): void;
}

/** Milliseconds after the start until a journal whose records reach nobody is looked at all the same. */
const startDelay = 60_000;

/** The age of segments grows without an event. */
const checkInterval = 3_600_000;

export function keepRetention(options: RetentionKeeperOptions): RetentionKeeper {
  const state: KeeperState = { options, running: false, again: false, told: undefined, closed: false };
  let isStarted = false;
  // Before NATS has said what it holds nothing may go, and a complaint would come too early.
  const start = () => {
    isStarted = true;
    void check(state);
  };
  const first = setTimeout(start, startDelay).unref();
  const hourly = setInterval(() => void check(state), checkInterval).unref();
  const endListening = options.journal.onSegment(() => {
    if (isStarted) void check(state);
  });
  return {
    caughtUp() {
      if (!isStarted || state.told !== undefined) start();
    },
    close() {
      state.closed = true;
      clearTimeout(first);
      clearInterval(hourly);
      endListening();
    },
  };
}

interface KeeperState {
  readonly options: RetentionKeeperOptions;
  running: boolean;
  /** Asked for while one was running. */
  again: boolean;
  told: string | undefined;
  closed: boolean;
}

async function check(state: KeeperState): Promise<void> {
  if (state.running) {
    state.again = true;
    return;
  }
  const { journal, limits, isStored, onNotice } = state.options;
  state.running = true;
  do {
    state.again = false;
    // The record that opened a segment is written by now, and what it stands for is done.
    await new Promise((resolve) => setImmediate(resolve));
    if (state.closed) break;
    const { retired, overdue } = await journal.retire({ limits, isStored });
    if (state.closed) break;
    for (const sentence of retired) onNotice("journalRetired", sentence);
    if (overdue !== undefined && state.told === undefined) onNotice("journalOverdue", overdue);
    state.told = overdue;
  } while (state.again);
  state.running = false;
}
