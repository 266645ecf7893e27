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
  const { context, parameters, row } = found;
  const learned = (context?.activeAdverInterval ?? row.change.activeAdverInterval) * 10_000;
  const own = parameters === undefined ? learned : parameters.advertisementInterval * 10_000;
  const whole = { activeDownTimer: 4 * learned, adverTimer: own }[name] ?? 10_000_000;
  // It is armed again each time it runs out, of which nothing is written while it is so, and the next answer tells.
  const isPeriodic = name === "adverTimer" && left <= 0 && (!found.isExact || found.isNow);
  const shown = isPeriodic ? left - Math.floor(left / own) * own : left;
  const isRestarted = name === "activeDownTimer" && left <= 0 && !found.isNow;
  return (
    <li>
      <span class="timer-name">{words[name] ?? name}</span>
      <span class="timer-left">{shown > 0 ? durationOf(shown) : isRestarted ? "runs" : "due"}</span>
      <progress max={whole} value={isRestarted ? whole : Math.max(0, Math.min(whole, shown))}>
        {shown > 0 ? durationOf(shown) : "due"}
      </progress>
      {isPeriodic && !found.isNow ? (
        <span class="soft">every {durationOf(own)}, reckoned from the last that is known</span>
      ) : null}
      {isRestarted ? (
        <span class="soft">begins anew with every advert heard; the next transition tells when exactly</span>
      ) : null}
    </li>
  );
}
