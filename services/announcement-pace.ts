/**
 * Announcements with a gap between them: a line of bursts for each interface and kind, served one frame at a time. Every
 * address of a line is told once before any is told twice, whoever came first, so that a long burst of one router does
 * not keep another's addresses from moving.
 */

import type { AnnouncementPace } from "../contracts/config/announcements.ts";
import { addMicroseconds, type Microseconds, microseconds } from "../contracts/units.ts";
import { createTimers, type Timers, type TimersOptions } from "./io/timers.ts";

/** Frames of one router that leave by one line: each of `count` frames `repeat` times. */
export interface Burst {
  readonly owner: string;
  readonly count: number;
  readonly repeat: number;
  /** Sends one of the frames; false where it could not leave, which ends the burst. */
  readonly send: (position: number) => boolean;
}

export interface Pace {
  /** Where announcements on the interface wait, or undefined where none have to. */
  line(interfaceName: string, kind: "arp" | "neighbour"): Line | undefined;
  /** No further frame of this router. */
  drop(owner: string): void;
  /** These gaps from now on; what waits is sent with them. */
  adopt(pace: AnnouncementPace | undefined): void;
  stop(): void;
}

export interface Line {
  /** The first frame at once where the gap since the last one is over. */
  add(burst: Burst): void;
}

export interface PaceOptions {
  readonly clock: TimersOptions["clock"];
  readonly pace: AnnouncementPace | undefined;
  /** Timers of its own, where they are left out. */
  readonly timers?: (options: TimersOptions) => Pick<Timers, "arm" | "stop">;
}

/** Bursts of one router that wait in one line: takeover, repetition, refresh, and addresses that a reload added. */
export const waitingBursts = 4;

/** A gap that is longer is not waited for to the microsecond, which would cost processor time. */
const longGap = 10_000;

interface Waiting {
  readonly burst: Burst;
  position: number;
}

interface LineState {
  gap: Microseconds;
  /** When the next frame may leave. */
  free: Microseconds;
  /** By the number of times that each of its frames has left already. */
  readonly rounds: Waiting[][];
}

export function createPace(options: PaceOptions): Pace {
  const { clock } = options;
  const lines = new Map<string, LineState>();
  let places = placesOf(options.pace);
  const timers = (options.timers ?? createTimers)({ clock, onExpired: ({ key }) => serve(key) });

  const serve = (key: string) => {
    const line = lines.get(key);
    if (line === undefined) return;
    const now = clock.monotonic();
    if (line.free <= now && sendNext(line)) line.free = addMicroseconds(now, line.gap);
    if (line.rounds.some((round) => round.length > 0)) {
      timers.arm(key, line.free, 0, microseconds(line.gap > longGap ? 1000 : 0));
    }
  };

  return {
    line(interfaceName, kind) {
      const place = places(interfaceName, kind);
      if (place === undefined) return undefined;
      const line = lines.get(place.key) ?? { gap: place.gap, free: microseconds(0), rounds: [] };
      lines.set(place.key, line);
      line.gap = place.gap;
      return {
        add: (burst) => {
          const waiting = line.rounds.flat();
          const known = waiting.filter((each) => each.burst.owner === burst.owner).length;
          if (known >= waitingBursts || burst.count === 0 || burst.repeat < 1) return;
          enqueue(line, 0, { burst, position: 0 });
          if (waiting.length === 0) serve(place.key);
        },
      };
    },
    drop(owner) {
      for (const { rounds } of lines.values()) {
        for (const [index, round] of rounds.entries()) {
          if (round.some(({ burst }) => burst.owner === owner)) {
            rounds[index] = round.filter(({ burst }) => burst.owner !== owner);
          }
        }
      }
    },
    adopt(pace) {
      places = placesOf(pace);
    },
    stop: () => timers.stop(),
  };
}

/** Sends one frame of the burst that has told the least; false where nothing left. */
function sendNext(line: LineState): boolean {
  for (const [index, round] of line.rounds.entries()) {
    for (let next = round[0]; next !== undefined; next = round[0]) {
      const { burst, position } = next;
      const isSent = burst.send(position);
      next.position = position + 1;
      if (!isSent || next.position >= burst.count) round.shift();
      if (!isSent) continue;
      if (next.position >= burst.count && index + 1 < burst.repeat) {
        enqueue(line, index + 1, { burst, position: 0 });
      }
      return true;
    }
  }
  return false;
}

function enqueue({ rounds }: LineState, index: number, waiting: Waiting): void {
  const round = rounds[index];
  if (round !== undefined) round.push(waiting);
  else rounds[index] = [waiting];
}

/** The line of an interface: its group's, which its interfaces share, or its own. */
function placesOf(pace: AnnouncementPace | undefined) {
  const groups = new Map(
    (pace?.groups ?? []).flatMap((group, index) =>
      group.interfaces.map((name) => [name, { name: `group ${index}`, gaps: group }] as const),
    ),
  );
  return (interfaceName: string, kind: "arp" | "neighbour") => {
    const group = groups.get(interfaceName);
    const gap = (group?.gaps ?? pace)?.[kind];
    if (gap === undefined) return undefined;
    return {
      key: `${kind} ${group === undefined ? `interface ${interfaceName}` : group.name}`,
      gap: microseconds(gap),
    };
  };
}
