/**
 * Long work in slices: what reads a configuration pauses after each piece, so that a daemon that runs can read a file
 * without keeping a thousand routers waiting (keepalived R10), and a command can read it in one go.
 */

/** Work that may pause where it yields, and has a result at its end. */
export type Sliced<T> = Generator<void, T>;

/** Without a pause. */
export function runAtOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** At most this long at a time, with a turn for everything else in between. What the work throws rejects. */
export async function runInSlices<T>(work: Sliced<T>, milliseconds: number): Promise<T> {
  for (;;) {
    const until = performance.now() + milliseconds;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
