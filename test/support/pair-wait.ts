/** Waiting for a condition with a deadline, for tests that watch programs from the outside. */

import { monotonic } from "../../services/io/clock.ts";

/** Milliseconds between two looks. */
const pause = { shortest: 5, longest: 50 } as const;
/** Looks that start a program take a processor from what is watched: they get a fifth of the time. */
const pauseForLook = 4;

/** Seconds: far more than a busy machine needs, since a test that passes never waits for them. */
const patience = 30;

/**
 * The first answer that is neither undefined nor false. Rejects when there is none in time; `explain` adds what was
 * there instead.
 */
export async function waitFor<T>(
  what: string,
  find: () => T | undefined | false | Promise<T | undefined | false>,
  { seconds = patience, explain = () => "" }: { seconds?: number; explain?: () => string } = {},
): Promise<T> {
  const deadline = monotonic() + seconds * 1_000_000;
  for (;;) {
    const asked = monotonic();
    const found = await find();
    if (found !== undefined && found !== false) return found;
    const answered = monotonic();
    if (answered > deadline) throw new Error(`${what}: not within ${seconds} s. ${explain()}`);
    const milliseconds = (pauseForLook * (answered - asked)) / 1000;
    await quiet(Math.min(Math.max(milliseconds, pause.shortest), pause.longest));
  }
}

/** Lets an amount of time pass in which something must not happen. For nothing else in tests. */
export function quiet(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
