/** Which timers run, and how long they still have. */

import { durationOf } from "./format.ts";
import type { LaneMoment } from "./use-window.ts";

const words: Readonly<Record<string, string>> = {
  activeDownTimer: "Active_Down_Timer",
  adverTimer: "Adver_Timer",
  announcementTimer: "second announcement",
  refreshTimer: "refresh of announcements",
  otherInterfacesTimer: "announcement on other interfaces",
  lowerPriorityTimer: "announcement after a lower priority",
  preemptDelayTimer: "preempt delay",
  recoveryTimer: "next try to install the addresses",
};

/** Timers that begin anew all the time while nothing changes. */
const restarted: Readonly<Record<string, string>> = {
  activeDownTimer: "begins anew with every advert heard",
  adverTimer: "begins anew with every advert sent",
};

export function Timers({ found }: { found: LaneMoment }) {
  const { context, row, monotonic } = found;
  const timers =
    context === undefined
      ? row.change.timers
      : Object.entries(context.timers).map(([name, { dueAt }]) => [name, dueAt] as const);
  return (
    <div class="panel">
      <h2>Timers</h2>
      {timers.length === 0 ? <p class="soft">None runs.</p> : null}
      <ul class="timers">
        {timers.map(([name, dueAt]) => (
          <Timer key={name} name={name} left={dueAt - monotonic} found={found} />
        ))}
      </ul>
    </div>
  );
}

function Timer({ name, left, found }: { name: string; left: number; found: LaneMoment }) {
  const interval = (found.context?.activeAdverInterval ?? found.row.change.activeAdverInterval) * 10_000;
  const whole = name === "activeDownTimer" ? 4 * interval : name === "adverTimer" ? interval : 10_000_000;
  const again = restarted[name];
  const isOver = left <= 0;
  return (
    <li>
      <span class="timer-name">{words[name] ?? name}</span>
      <span class="timer-left">{isOver ? (again === undefined ? "due" : "runs") : durationOf(left)}</span>
      <progress
        max={whole}
        value={isOver && again !== undefined ? whole : Math.max(0, Math.min(whole, left))}
      >
        {isOver ? "due" : durationOf(left)}
      </progress>
      {isOver && again !== undefined ? (
        <span class="soft">{again}; the next transition will tell when exactly</span>
      ) : null}
    </li>
  );
}
