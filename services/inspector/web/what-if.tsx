/** A copy of the machine to try facts on. It lives in this page alone: no fact leaves it, and nothing is performed. */

import { useState } from "preact/hooks";
import type { Fact } from "../../../contracts/events/facts.ts";
import type { Parameters } from "../../../contracts/events/parameters.ts";
import type { RouterMoment } from "../../../contracts/events/trace.ts";
import type { VirtualRouterContext } from "../../../contracts/events/transitions.ts";
import { centiseconds, microseconds } from "../../../contracts/units.ts";
import { answersTo, type WindowStep } from "../../../machines/inspection/window.ts";
import { replayFrom } from "../../../machines/replay.ts";
import { Chart, presentMachine } from "./chart.tsx";
import { ContextRows } from "./context-table.tsx";
import { durationOf } from "./format.ts";
import { AnswerList } from "./guards.tsx";
import type { LaneMoment } from "./use-window.ts";

interface Trial {
  readonly moment: RouterMoment;
  readonly at: number;
  readonly steps: readonly WindowStep[];
}

type Found = LaneMoment & { readonly context: VirtualRouterContext };

export function WhatIf({ found, close }: { found: Found; close: () => void }) {
  const { row, context, monotonic } = found;
  const begin = (): Trial => ({
    moment: { state: row.change.to, context, parameters: found.parameters ?? assumed(context) },
    ...{ at: monotonic, steps: [] },
  });
  const [trial, setTrial] = useState(begin);
  const { moment, at, steps } = trial;
  const last = steps.at(-1);
  const hear = (fact: Fact) => {
    const replay = replayFrom(moment);
    const { moment: after, effects } = replay.hear(fact);
    const step = { at: fact.at, fact, before: moment, after, effects };
    setTrial({ moment: after, at: fact.at, steps: [...steps, step] });
  };
  const fired =
    last === undefined ? undefined : { from: last.before.state, to: last.after.state, fact: last.fact.type };
  return (
    <div class="router-grid what-if">
      <div class="panel chart-panel">
        <p class="trial-note" role="status">
          A trial in this page: <b>{moment.state}</b>, {durationOf(at - monotonic)} after the moment it began
          with.
          {found.parameters === undefined
            ? " The settings of the router are not in the history: the usual ones of RFC 9568 are assumed."
            : ""}
        </p>
        <Chart
          machine={presentMachine}
          lit={moment.state}
          fired={
            fired === undefined || fired.from === fired.to ? undefined : { ...fired, id: `${steps.length}` }
          }
          note=""
        />
        <p class="panel-foot">
          <button type="button" onClick={() => setTrial(begin())}>
            Begin anew
          </button>
          <button type="button" onClick={close}>
            Back to what happened
          </button>
        </p>
      </div>
      <div class="side">
        <Choices trial={trial} hear={hear} />
        {last === undefined ? null : (
          <div class="panel">
            <h2>
              Answers to <code>{last.fact.type}</code>
            </h2>
            <AnswerList answers={answersTo(last.before, last.fact)} />
            <h3>Would be done, in this order</h3>
            {last.effects.length === 0 ? <p class="soft">Nothing.</p> : null}
            <ol class="effects">
              {last.effects.map((effect, place) => (
                <li key={`${place} ${effect.type}`}>
                  <code>{effect.type}</code> <span class="soft">{detailOf(effect)}</span>
                </li>
              ))}
            </ol>
          </div>
        )}
        <div class="panel">
          <h2>Would remember</h2>
          <ContextRows context={moment.context} before={last?.before.context} />
        </div>
      </div>
    </div>
  );
}

function detailOf(effect: WindowStep["effects"][number]): string {
  switch (effect.type) {
    case "advert.send":
      return `priority ${effect.priority}, ${effect.reason}`;
    case "timer.arm":
    case "timer.cancel":
      return effect.timer;
    case "addresses.announce":
      return `${effect.repeat} each`;
    case "transition.record":
      return `${effect.transition.from} -> ${effect.transition.to}, ${effect.transition.reason}`;
    default:
      return "";
  }
}

function Choices({ trial, hear }: { trial: Trial; hear: (fact: Fact) => void }) {
  const { moment, at } = trial;
  const { context, parameters } = moment;
  const [source, setSource] = useState(context.activeAddress ?? "192.0.2.1");
  const soon = microseconds(at + 1_000);
  const advert = (priority: number): Fact => ({
    ...{ type: "advert.received", at: soon, source, priority },
    advertisementInterval: parameters.advertisementInterval,
  });
  const timers = Object.entries(context.timers).sort(([, one], [, other]) => one.dueAt - other.dueAt);
  const own = context.effectivePriority;
  const link = (state: "up" | "down"): Fact => ({
    ...{
      type: "link.changed",
      at: soon,
      interface: parameters.trackedInterfaces[0] ?? parameters.interface,
      state,
    },
  });
  const choices: readonly (readonly [string, Fact])[] = [
    [`advert of a higher priority (${Math.min(254, own + 1)})`, advert(Math.min(254, own + 1))],
    [`advert of our own priority (${own})`, advert(own)],
    [`advert of a lower priority (${Math.max(1, own - 1)})`, advert(Math.max(1, own - 1))],
    ["resignation of the active router (priority 0)", advert(0)],
    ["the interface goes down", link("down")],
    ["the interface comes up", link("up")],
    [
      "the addresses cannot be installed",
      { type: "effect.failed", at: soon, effect: "addresses.install", error: "EPERM" },
    ],
    ["the process is started", { type: "router.started", at: soon }],
    ["the process is stopped", { type: "router.stopped", at: soon }],
  ];
  return (
    <div class="panel choices">
      <h2>What if…</h2>
      <ul>
        {timers.map(([name, { dueAt, generation }]) => (
          <li key={name}>
            <button
              type="button"
              class="main"
              onClick={() => {
                const due = microseconds(dueAt);
                const expired = {
                  type: `${name}.expired`,
                  at: microseconds(Math.max(at, dueAt)),
                  dueAt: due,
                  generation,
                };
                hear(expired as Fact);
              }}
            >
              {name} runs out
            </button>{" "}
            <span class="soft">in {durationOf(Math.max(0, dueAt - at))}</span>
          </li>
        ))}
        {choices.map(([label, fact]) => (
          <li key={label}>
            <button type="button" onClick={() => hear(fact)}>
              {label}
            </button>
          </li>
        ))}
      </ul>
      <label>
        Adverts come from{" "}
        <input value={source} onInput={({ currentTarget }) => setSource(currentTarget.value)} />
      </label>
    </div>
  );
}

/** RFC 9568 with what the context tells; where no trace has told the settings. */
function assumed({ effectivePriority, activeAdverInterval }: VirtualRouterContext): Parameters {
  return {
    ...{ profile: "rfc9568", priority: effectivePriority, preempt: true, preemptDelay: centiseconds(0) },
    advertisementInterval: centiseconds(activeAdverInterval),
    ...{ interface: "eth0", family: "ipv4", sourceAddress: null, trackedInterfaces: ["eth0"] },
    ...{ tracked: [], syncGroup: null, answersLowerPriority: true, addressLease: true, addresses: [] },
    announcements: { repeat: 5, secondBurstDelay: centiseconds(500), lowerPriorityRepeat: 0 },
  };
}
