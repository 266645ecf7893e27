/** Failovers as stories: from the last advert that was heard to the addresses on the new router, with what each step took. */

import { useMemo } from "preact/hooks";
import type { TransitionRow } from "../../../machines/inspection/model.ts";
import { placeAfter } from "../../../machines/inspection/row.ts";
import {
  handlingsOf,
  type Story,
  storyOf,
  takeoversOf,
  titleOf,
} from "../../../machines/inspection/story.ts";
import { StateBadge } from "./badge.tsx";
import { durationOf, fullTimeOf, timeOf } from "./format.ts";
import { hashOf } from "./route.ts";
import { store, travelTo } from "./store.ts";
import { Empty, type ViewProps } from "./view.tsx";

/** Takeovers of the list. */
const most = 200;

export function StoryView({ route, moment }: ViewProps) {
  const { version } = store.model;
  const all = useMemo(() => takeoversOf(store.model), [version]);
  const past = all.slice(all.length - placeAfter([...all].reverse(), moment));
  const chosen = all.find(({ story }) => story === route.subject) ?? past[0];
  if (chosen === undefined) return <Empty>Nobody has taken over up to this moment.</Empty>;
  return (
    <section class="stories">
      <div class="story-list panel">
        <h2>{past.length} takeovers</h2>
        <ol>
          {past.slice(0, most).map((takeover) => (
            <li key={takeover.story}>
              <a
                href={hashOf({ view: "story", subject: takeover.story })}
                {...(takeover === chosen ? { "aria-current": "true" as const } : {})}
              >
                <span>{titleOf(store.model, takeover)}</span>
                <span class="soft">
                  {timeOf(takeover.at, Date.now() * 1000)} · {takeover.change.reason}
                </span>
              </a>
            </li>
          ))}
        </ol>
      </div>
      <StoryDetail takeover={chosen} version={version} />
    </section>
  );
}

function StoryDetail({ takeover, version }: { takeover: TransitionRow; version: number }) {
  const story = useMemo(() => storyOf(store.model, takeover), [takeover, version]);
  const begin = story.steps[0]?.at ?? takeover.at;
  return (
    <article class="story panel">
      <h1>{titleOf(store.model, takeover)}</h1>
      <p class="soft">
        {fullTimeOf(takeover.at)} · story <code>{story.id}</code>
      </p>
      <Figures story={story} />
      <Waterfall story={story} begin={begin} />
      <p class="panel-foot">
        <a
          class="button"
          href={hashOf({ view: "router", subject: takeover.router, node: takeover.node }, takeover.at)}
        >
          Look at the router at that moment
        </a>
      </p>
    </article>
  );
}

/** How long it took until every handler had been run, and how many failed. */
function handlersText({ takeover }: Story): string {
  const handlings = handlingsOf(store.model, takeover);
  const last = handlings.at(-1);
  if (last === undefined) return "none told";
  const failed = handlings.filter(({ isTrouble }) => isTrouble).length;
  const words = failed > 0 ? `${failed} of ${handlings.length} failed` : `${handlings.length} done`;
  return `${words} after ${durationOf(last.at - takeover.at)}`;
}

function Figures({ story }: { story: Story }) {
  const { takeover, steps, unserved } = story;
  const installed = steps.find(
    ({ row }) => row?.class === "effect" && row.node === takeover.node && !row.isTrouble,
  );
  const figures: readonly (readonly [string, string])[] = [
    ["without an active router", unserved === undefined ? "never" : durationOf(unserved)],
    ["reason", takeover.change.reason],
    ["decision to addresses", installed === undefined ? "not told" : durationOf(installed.at - takeover.at)],
    ["handlers", handlersText(story)],
  ];
  return (
    <dl class="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Waterfall({ story: { takeover, steps }, begin }: { story: Story; begin: number }) {
  const end = steps.at(-1)?.at ?? begin;
  const whole = Math.max(1, end - begin);
  return (
    <ol class="waterfall">
      {steps.map(({ at, node, what, isReckoned, row }, place) => {
        const before = steps[place - 1]?.at ?? begin;
        const isTurn = row === takeover;
        return (
          <li
            key={`${at} ${node} ${what}`}
            class={`${isTurn ? "turn" : ""}${isReckoned ? " reckoned" : ""}${row?.isTrouble ? " bad" : ""}`}
          >
            <button type="button" class="time" title="Look at this moment" onClick={() => travelTo(at)}>
              +{durationOf(at - begin)}
            </button>
            <span class="where">{node}</span>
            <span class="what">
              {row?.change ? <StateBadge state={row.change.to} /> : null} {what}
              {isReckoned ? <em class="soft"> (reckoned)</em> : null}
              <svg class="bar" viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true">
                <rect class="rest" width="1000" height="6" rx="3" />
                <rect
                  class="part"
                  x={((before - begin) / whole) * 994}
                  width={Math.max(6, ((at - before) / whole) * 994)}
                  height="6"
                  rx="3"
                />
              </svg>
            </span>
            <span class="took soft">{place === 0 ? "" : `${durationOf(at - before)} later`}</span>
          </li>
        );
      })}
    </ol>
  );
}
