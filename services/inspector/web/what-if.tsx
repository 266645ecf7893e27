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

export function WhatIf({ found }: { found: Found }) {
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
          A trial on a copy in this page, of which the daemon hears nothing: <b>{moment.state}</b>,{" "}
          {durationOf(at - monotonic)} after the moment it began with.
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
        </p>
      </div>
      <div class="side">
        <Choices trial={trial} hear={hear} />
        {last === undefined ? null : <LastStep step={last} />}
        <div class="panel">
          <h2>Would remember</h2>
          <ContextRows context={moment.context} before={last?.before.context} />
        </div>
      </div>
    </div>
  );
}

function LastStep({ step }: { step: WindowStep }) {
  return (
    <div class="panel">
      <h2>
        Answers to <code>{step.fact.type}</code>
      </h2>
      <AnswerList answers={answersTo(step.before, step.fact)} />
      <h3>Would be done, in this order</h3>
      {step.effects.length === 0 ? <p class="soft">Nothing.</p> : null}
      <ol class="effects">
        {step.effects.map((effect, place) => (
          <li key={`${place} ${effect.type}`}>
            <code>{effect.type}</code> <span class="soft">{detailOf(effect)}</span>
          </li>
        ))}
      </ol>
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
  const [source, setSource] = useState(moment.context.activeAddress ?? "192.0.2.1");
  const timers = Object.entries(moment.context.timers).sort(([, one], [, other]) => one.dueAt - other.dueAt);
  return (
    <div class="panel choices">
      <h2>What if…</h2>
      <ul>
        {timers.map(([name, timer]) => (
          <li key={name}>
            <button type="button" class="main" onClick={() => hear(expiryOf(name, timer, at))}>
              {name} runs out
            </button>{" "}
            <span class="soft">in {durationOf(Math.max(0, timer.dueAt - at))}</span>
          </li>
        ))}
        {choicesOf(trial, source).map(([label, fact]) => (
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

function expiryOf(
  name: string,
  { dueAt, generation }: { dueAt: number; generation: number },
  at: number,
): Fact {
  const due = microseconds(dueAt);
  return { type: `${name}.expired`, at: microseconds(Math.max(at, dueAt)), dueAt: due, generation } as Fact;
}

function choicesOf({ moment, at: now }: Trial, source: string): readonly (readonly [string, Fact])[] {
  const { context, parameters } = moment;
  const at = microseconds(now + 1_000);
  const own = context.effectivePriority;
  const [higher, lower] = [Math.min(254, own + 1), Math.max(1, own - 1)];
  const advert = (priority: number): Fact => ({
    ...{ type: "advert.received", at, source, priority },
    advertisementInterval: parameters.advertisementInterval,
  });
  const link = (state: "up" | "down"): Fact => {
    const name = parameters.trackedInterfaces[0] ?? parameters.interface;
    return { type: "link.changed", at, interface: name, state };
  };
  return [
    [`advert of a higher priority (${higher})`, advert(higher)],
    [`advert of our own priority (${own})`, advert(own)],
    [`advert of a lower priority (${lower})`, advert(lower)],
    ["resignation of the active router (priority 0)", advert(0)],
    ["the interface goes down", link("down")],
    ["the interface comes up", link("up")],
    [
      "the addresses cannot be installed",
      { type: "effect.failed", at, effect: "addresses.install", error: "EPERM" },
    ],
    ["the operator hands over", { type: "handover.requested", at }],
    ["the process is started", { type: "router.started", at }],
    ["the process is stopped", { type: "router.stopped", at }],
  ];
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
