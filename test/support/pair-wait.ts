/** Waiting for a condition with a deadline, for tests that watch programs from the outside. */

import { monotonic } from "../../services/io/clock.ts";

const pollMilliseconds = 5;

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
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (monotonic() > deadline) throw new Error(`${what}: not within ${seconds} s. ${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

/** Lets an amount of time pass in which something must not happen. For nothing else. */
export function quiet(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
