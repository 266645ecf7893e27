/** What was asked when the last fact came in, and what the answers were. */

import { type Answer, answersTo } from "../../../machines/inspection/window.ts";
import type { LaneMoment } from "./use-window.ts";

export function Guards({ found }: { found: LaneMoment }) {
  const last = found.steps.at(-1);
  return (
    <div class="panel">
      <h2>Guards {last === undefined ? "" : <code>{last.fact.type}</code>}</h2>
      {last === undefined ? (
        <p class="soft">
          The flight recorder has nothing of this moment: what was asked is not known. The answer led from{" "}
          {found.row.change.from} to {found.row.change.to}.
        </p>
      ) : (
        <AnswerList answers={answersTo(last.before, last.fact)} />
      )}
    </div>
  );
}

export function AnswerList({ answers }: { answers: readonly Answer[] }) {
  if (answers.length === 0) return <p class="soft">Nothing listens to it in this state.</p>;
  return (
    <ol class="answers">
      {answers.map(({ arrow, holds }) => {
        const verdict = holds === undefined ? "not asked" : holds ? "yes" : "no";
        return (
          <li key={`${arrow.guard} ${arrow.to}`} class={`answer ${verdict.replace(" ", "-")}`}>
            <span class="verdict-word">{verdict}</span>
            <span>
              <code>{arrow.guard ?? "otherwise"}</code>
              <span class="soft">
                {" "}
                → {arrow.to === arrow.from ? "stays" : arrow.to}
                {holds === true && arrow.actions.length > 0 ? `: ${arrow.actions.join(", ")}` : ""}
              </span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
