/** The same question again and again: redrawn on a terminal, in a pipe only what has changed. */

import { pause } from "../client/connect.ts";

export interface WatchRequest {
  /** One look: the text of it, and the exit code that it would end with. */
  readonly look: () => Promise<{ readonly text: string; readonly code: number }>;
  readonly isTerminal: boolean;
  readonly stdout: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds between two looks. */
const interval = 1000;

/** Home, and after the text the rest of the screen: without a blank screen in between nothing flickers. */
const home = "\u001B[H";
const clearRest = "\u001B[J";
const clearLine = "\u001B[K\n";

/** Until it is interrupted; resolves with the exit code of the last look. */
export async function watch({ look, isTerminal, stdout, signal }: WatchRequest): Promise<number> {
  let before: readonly string[] = [];
  let code = 0;
  if (isTerminal) stdout("\u001B[2J");
  while (!signal.aborted) {
    const seen = await look();
    code = seen.code;
    const lines = seen.text.split("\n");
    if (isTerminal) {
      stdout(`${home}${lines.join(clearLine)}${clearRest}`);
    } else {
      const changed = lines.filter((line) => line !== "" && !before.includes(line));
      if (changed.length > 0) stdout(`${changed.join("\n")}\n`);
      before = lines;
    }
    await pause(interval, signal);
  }
  return code;
}
