/** A state as a shape, a word and a colour, so that each of them alone is enough. */

import type { LaneState } from "../../../machines/inspection/periods.ts";

const shapes: Readonly<Record<LaneState, string>> = {
  active: "M2 7a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
  backup: "M7 2a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM7 4.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6z",
  fault: "M7 1.5L13 12.5H1z",
  initialize: "M3 3h8v8H3z",
  unheard: "M7 1L13 7L7 13L1 7zM7 4L4 7L7 10L10 7z",
};

export const stateWords: Readonly<Record<LaneState, string>> = {
  active: "active",
  backup: "backup",
  fault: "fault",
  initialize: "stopped",
  unheard: "unheard",
};

export function StateShape({ state }: { state: LaneState }) {
  return (
    <svg class={`shape state-${state}`} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      <path d={shapes[state]} fill-rule="evenodd" />
    </svg>
  );
}

export function StateBadge({ state }: { state: LaneState }) {
  return (
    <span class={`badge state-${state}`} data-state={state}>
      <StateShape state={state} />
      {stateWords[state]}
    </span>
  );
}
