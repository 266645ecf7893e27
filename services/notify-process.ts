/**
 * `understudy notify` as a child of the daemon, for who runs the daemon in keepalived's place and expects the scripts of the
 * file to run: a process of its own that ends with the daemon, and that is started again when it ends alone.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { DaemonConfig } from "../contracts/config/schema.ts";
import type { Log } from "./log/log.ts";

export interface NotifyProcess {
  /** Starts the process where there are handlers now. One that runs hears of a reload by its event. */
  adopt(hasHandlers: boolean): void;
  /** Ends it when its handlers have ended. */
  stop(): Promise<void>;
}

export interface NotifyProcessOptions {
  /** The command line behind `understudy`. */
  readonly words: readonly string[];
  readonly log: Pick<Log, "warn">;
}

/** Between two starts, in milliseconds: from, to. Doubles each time. */
const restartDelays = { shortest: 1000, longest: 60_000 } as const;

export function keepNotify({ words, log }: NotifyProcessOptions): NotifyProcess {
  let child: ChildProcess | undefined;
  let restart: NodeJS.Timeout | undefined;
  let delay: number = restartDelays.shortest;
  let isWanted = false;

  const start = () => {
    restart = undefined;
    child = spawnNotify(words);
    child.once("error", (error) => onEnd(error.message));
    child.once("exit", (code, signal) => onEnd(signal === null ? `status ${code}` : signal));
  };
  const onEnd = (how: string) => {
    child = undefined;
    if (!isWanted || restart !== undefined) return;
    log.warn(`understudy notify ended (${how}); starting it again in ${delay / 1000} s`);
    restart = setTimeout(start, delay);
    delay = Math.min(delay * 2, restartDelays.longest);
  };

  return {
    adopt: (hasHandlers) => {
      if (!hasHandlers || isWanted) return;
      isWanted = true;
      start();
    },
    stop: async () => {
      isWanted = false;
      clearTimeout(restart);
      const running = child;
      if (running === undefined) return;
      const ended = once(running, "exit");
      running.kill("SIGTERM");
      await ended;
    },
  };
}

/** setpriv asks the kernel to end the child when this process is gone; Ctrl-C of the terminal is left to the daemon. */
function spawnNotify(words: readonly string[]): ChildProcess {
  const program = [process.execPath, ...process.execArgv, process.argv[1] ?? "", "notify", ...words];
  return spawn("setpriv", ["--pdeathsig", "TERM", "--", ...program], {
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** Whether anybody is to be told of anything. */
export function hasHandlers(config: DaemonConfig): boolean {
  const { notifications, routers, syncGroups } = config;
  const isAnybody = [...routers, ...syncGroups].some(({ handlers }) => Object.keys(handlers).length > 0);
  return isAnybody || notifications !== undefined;
}
