/** `understudy mirrors`: keeps copies of routers' events on a server that has no daemon beside it, which is what a hub is. */

import { keepMirrors } from "../bus/mirrors.ts";
import type { NatsAddress } from "../client/address.ts";
import { connectOnce, pause, reconnectDelay } from "../client/connect.ts";
import type { Outcome } from "../io/outcome.ts";
import { exitCodes } from "./exit-codes.ts";

export interface MirrorsRequest {
  readonly address: Outcome<NatsAddress>;
  readonly peers: readonly string[];
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Until the signal is aborted; a server that is away is waited for. */
export async function mirrorsCommand({ address, peers, stderr, signal }: MirrorsRequest): Promise<number> {
  let last = "";
  const say = (sentence: string) => {
    if (sentence !== last) stderr(`understudy mirrors: ${sentence}\n`);
    last = sentence;
  };
  if (!address.ok) {
    say(address.error);
    return exitCodes.usage;
  }
  while (!signal.aborted) {
    const connected = await connectOnce(address.value, "understudy mirrors");
    if (connected.ok) {
      const end = () => void connected.value.close();
      signal.addEventListener("abort", end);
      await keepMirrors({
        connection: connected.value,
        peers,
        onProblem: (peer, problem) => say(problem ?? `the events of ${peer} are copied`),
        signal,
      });
      signal.removeEventListener("abort", end);
      await connected.value.close();
    } else {
      say(connected.error);
    }
    await pause(reconnectDelay, signal);
  }
  return exitCodes.ok;
}
