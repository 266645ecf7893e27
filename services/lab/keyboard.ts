/** The lab by hand: one key chooses a router, another says what happens to it. */

import type { Lab } from "./lab.ts";
import type { LabRouter } from "./router.ts";

export const keyHelp =
  "keys: 1 2 choose a router   k kill -9   f freeze/thaw   u unplug/plug   s stop   r start   ? help   q quit";

export interface KeyboardOptions {
  readonly lab: Lab;
  readonly tell: (line: string) => void;
  readonly onQuit: () => void;
}

/** Reads single keys from the terminal until the answer is called. */
export function listenToKeys({ lab, tell, onQuit }: KeyboardOptions): () => void {
  let chosen: LabRouter = lab.routers[0];
  const choose = (router: LabRouter) => {
    chosen = router;
    tell(`router ${router.name} is chosen (${router.condition()})`);
  };
  const act = (what: string, action: () => unknown) => {
    tell(`${what} router ${chosen.name}`);
    void action();
  };
  const actions: Readonly<Record<string, () => void>> = {
    "1": () => choose(lab.routers[0]),
    "2": () => choose(lab.routers[1]),
    k: () => act("kill -9 of", chosen.kill),
    f: () => (chosen.condition() === "frozen" ? act("thaw", chosen.thaw) : act("freeze", chosen.freeze)),
    u: () => {
      const plugged = chosen.isPlugged();
      act(plugged ? "unplug" : "plug in", () => chosen.plug(!plugged));
    },
    s: () => act("stop", chosen.stop),
    r: () => act("start", chosen.start),
    "?": () => tell(keyHelp),
    q: onQuit,
    // Ctrl-C arrives as a key in raw mode.
    "\u0003": onQuit,
  };
  const onKey = (key: string) => actions[key]?.();
  process.stdin.setRawMode?.(true);
  process.stdin.setEncoding("utf8");
  process.stdin.resume();
  process.stdin.on("data", onKey);
  return () => {
    process.stdin.off("data", onKey);
    process.stdin.setRawMode?.(false);
    process.stdin.pause();
  };
}
