/**
 * A server of our own that runs and answers nobody is killed, so that it is started again: nats-server 2.9 hangs for good once
 * its disk was full. Nothing is lost by it: what it acknowledged is in its files, and the journal has the rest.
 */

import type { Bus } from "./bus.ts";
import type { EmbeddedServer } from "./server.ts";

/** Milliseconds without an answer until the server is killed: at first and at most. Doubles until the stream is reached again. */
const unansweredLimits = { shortest: 8_000, longest: 256_000 } as const;

const interval = 1_000;

export interface AnswerWatchOptions {
  readonly server: Pick<EmbeddedServer, "status" | "kill">;
  readonly bus: Pick<Bus, "status">;
  readonly limits?: { readonly shortest: number; readonly longest: number };
  /** Told before it is killed, with a sentence. */
  readonly onSilence: (sentence: string) => void;
}

/** Returns the function that ends it. */
export function watchAnswers({
  server,
  bus,
  limits = unansweredLimits,
  onSilence,
}: AnswerWatchOptions): () => void {
  let limit: number = limits.shortest;
  let pid: number | undefined;
  let readySince = 0;
  const look = () => {
    const now = performance.now();
    const status = server.status();
    const { silentSince, state } = bus.status();
    if (state === "live") limit = limits.shortest;
    if (status.state !== "ready" || status.pid !== pid) readySince = now;
    pid = status.pid;
    if (status.state !== "ready" || silentSince === undefined) return;
    if (now - Math.max(silentSince, readySince) < limit) return;
    onSilence(`nats-server has not answered for ${limit / 1000} s and is started again`);
    limit = Math.min(2 * limit, limits.longest);
    server.kill();
  };
  const timer = setInterval(look, interval).unref();
  return () => clearInterval(timer);
}
