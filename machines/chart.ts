/** The state chart as Mermaid text, made from the definition the actors run, so that it cannot be out of date. */

import { virtualRouterMachine } from "./virtual-router.ts";

/** A Mermaid stateDiagram-v2: one arrow for each way from state to state, labelled fact [guard]. Ends with a newline. */
export function chartAsMermaid(): string {
  const { root } = virtualRouterMachine;
  const lines = ["stateDiagram-v2"];
  for (const initial of root.initial.target ?? []) lines.push(`  [*] --> ${initial.key}`);
  for (const state of Object.values(root.states)) {
    lines.push(noteOf(state));
    for (const label of arrowsOf(state)) lines.push(`  ${label}`);
  }
  return `${lines.join("\n")}\n`;
}

type StateNode = (typeof virtualRouterMachine.root.states)[string];

function noteOf({ key, description }: StateNode): string {
  return `  note right of ${key}: ${(description ?? "").replaceAll(":", ",")}`;
}

/** Facts that change no state are left out; they are in the table of machines/README.md. */
function arrowsOf(state: StateNode): string[] {
  return [...state.transitions.values()].flat().flatMap((transition) =>
    (transition.target ?? []).map((target) => {
      const guard = typeof transition.guard === "string" ? ` [${transition.guard}]` : "";
      return `${state.key} --> ${target.key}: ${transition.eventType}${guard}`;
    }),
  );
}
