/** Watches one router on one node while the page shows it live: asks the daemon a few times a second. */

import { useEffect, useState } from "preact/hooks";
import { readNow } from "../../../contracts/now.ts";
import { type Watch, watchOn } from "../../../machines/inspection/now.ts";
import { changedSoon, store } from "./store.ts";

/** Milliseconds between two questions, and after one that nobody answered. */
const pace = 250;
const pause = 5_000;

export interface SeenNow extends Watch {
  /** By the page's own clock, milliseconds. */
  readonly seenAt: number;
}

/** Undefined where nobody answers: a file, a moment of the past, a daemon that is away or older. */
export function useNow(node: string, router: string, isWanted: boolean): SeenNow | undefined {
  const [seen, see] = useState<SeenNow | undefined>(undefined);
  useEffect(() => {
    see(undefined);
    if (!isWanted) return undefined;
    const ending = new AbortController();
    void watch(node, router, ending.signal, see);
    return () => ending.abort();
  }, [node, router, isWanted]);
  return isWanted ? seen : undefined;
}

async function watch(
  node: string,
  router: string,
  signal: AbortSignal,
  see: (seen: SeenNow | undefined) => void,
): Promise<void> {
  let last: Watch | undefined;
  while (!signal.aborted) {
    const answer = document.hidden ? undefined : await ask(node, router, last?.heard, signal);
    if (signal.aborted) return;
    last = answer === undefined ? undefined : watchOn(last, answer);
    see(last === undefined ? undefined : { ...last, seenAt: performance.now() });
    changedSoon();
    await new Promise((resolve) =>
      setTimeout(resolve, answer === undefined && !document.hidden ? pause : pace),
    );
  }
}

async function ask(node: string, router: string, after: number | undefined, signal: AbortSignal) {
  const question = new URLSearchParams({
    node,
    router,
    ...(after === undefined ? {} : { after: `${after}` }),
  });
  try {
    const response = await fetch(`/api/now?${question}`, { signal });
    if (!response.ok) return undefined;
    const answer = readNow(await response.json());
    return "error" in answer ? undefined : answer;
  } catch {
    return undefined;
  }
}

/** Whether the page shows what happens, as it happens. */
export function isLive(): boolean {
  return store.moment === undefined && store.hello?.mode === "live" && store.connected;
}
