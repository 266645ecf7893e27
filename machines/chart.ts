/** The state chart as data and as Mermaid text, made from the definition the actors run, so that it cannot be out of date. */

import { machineIdentity } from "./record.ts";
import { virtualRouterMachine } from "./virtual-router.ts";

/** What a renderer needs of a machine, whatever draws it. */
export interface ChartModel {
  readonly id: string;
  readonly version: string;
  readonly initial: string;
  readonly states: readonly ChartState[];
  readonly arrows: readonly ChartArrow[];
}

export interface ChartState {
  readonly key: string;
  readonly description: string;
}

/** One way that a fact may be gone through with. Of those of one fact in one state the first whose guard holds is taken. */
export interface ChartArrow {
  readonly from: string;
  /** The same as `from` where the state stays. */
  readonly to: string;
  readonly fact: string;
  readonly guard: string | null;
  readonly actions: readonly string[];
}

export function chartModel(): ChartModel {
  const { root } = virtualRouterMachine;
  const states = Object.values(root.states);
  return {
    ...machineIdentity,
    initial: root.initial.target?.[0]?.key ?? "",
    states: states.map(({ key, description = "" }) => ({ key, description })),
    arrows: states.flatMap(arrowsOf),
  };
}

type StateNode = (typeof virtualRouterMachine.root.states)[string];

function arrowsOf(state: StateNode): ChartArrow[] {
  return [...state.transitions.values()].flat().map(({ target, eventType, guard, actions }) => ({
    from: state.key,
    to: target?.[0]?.key ?? state.key,
    fact: eventType,
    guard: typeof guard === "string" ? guard : null,
    actions: actions.map((action) => (typeof action === "string" ? action : nameOf(action))),
  }));
}

function nameOf(action: object): string {
  return "type" in action ? String(action.type) : "";
}

/** "link.changed [isOwner]". */
function labelOf({ fact, guard }: ChartArrow): string {
  return guard === null ? fact : `${fact} [${guard}]`;
}

/** A Mermaid stateDiagram-v2: one arrow for each way from state to state, labelled fact [guard]. Ends with a newline. */
export function chartAsMermaid({ initial, states, arrows }: ChartModel, lit?: string): string {
  const lines = ["stateDiagram-v2", `  [*] --> ${initial}`];
  for (const { key, description } of states) {
    lines.push(`  note right of ${key}: ${description.replaceAll(":", ",")}`);
    // Facts that change no state are left out.
    for (const arrow of arrows)
      if (arrow.from === key && arrow.to !== key) lines.push(`  ${key} --> ${arrow.to}: ${labelOf(arrow)}`);
  }
  if (lit !== undefined) lines.push("  classDef lit fill:#ffd54a,stroke:#7a5c00", `  class ${lit} lit`);
  return `${lines.join("\n")}\n`;
}
