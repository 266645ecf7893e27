/** The frame of every view: where one is, what is wrong with the connection, and the time. */

import { useEffect, useState } from "preact/hooks";
import { AuditView } from "./audit-view.tsx";
import { OverviewView } from "./overview-view.tsx";
import { hashOf, type Route, type ViewName } from "./route.ts";
import { RouterView } from "./router-view.tsx";
import { momentShown, store } from "./store.ts";
import { StoryView } from "./story-view.tsx";
import { applyTheme, type Theme, theme } from "./theme.ts";
import { TimeBar } from "./time-bar.tsx";
import { TimelineView } from "./timeline-view.tsx";
import { Empty, type ViewProps } from "./view.tsx";

const views: readonly (readonly [ViewName, string])[] = [
  ["overview", "Overview"],
  ["router", "Router"],
  ["timeline", "Timeline"],
  ["story", "Failovers"],
  ["audit", "Audit"],
];

export function App({ route }: { route: Route }) {
  const moment = momentShown();
  const name = views.find(([view]) => view === route.view)?.[1] ?? "";
  const title = route.subject === "" || route.view === "story" ? name : `${route.subject}, ${name}`;
  useEffect(() => {
    document.title = `${title} · Understudy`;
  }, [title]);
  return (
    <div class={`frame${store.moment === undefined ? "" : " travelling"}`}>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the view
      </button>
      <header>
        <a class="name" href={hashOf({ view: "overview" })}>
          <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <circle class="mark-active" cx="12" cy="16" r="7" />
            <circle class="mark-backup" cx="21" cy="16" r="6" />
          </svg>
          Understudy
        </a>
        <nav aria-label="Views">
          {views.map(([view, label]) => (
            <a
              key={view}
              href={hashOf({ view })}
              {...(view === route.view ? { "aria-current": "page" as const } : {})}
            >
              {label}
            </a>
          ))}
        </nav>
        <ThemeSwitch />
      </header>
      <Connection />
      <main id="main" tabIndex={-1}>
        <View view={route.view} route={route} moment={moment} />
      </main>
      <TimeBar route={route} moment={moment} />
    </div>
  );
}

function View({ view, ...props }: ViewProps & { view: ViewName }) {
  if (store.model.rows.length === 0)
    return <Empty>{store.hello === undefined ? "Reading…" : "Nothing has happened yet."}</Empty>;
  switch (view) {
    case "overview":
      return <OverviewView {...props} />;
    case "router":
      return <RouterView {...props} />;
    case "timeline":
      return <TimelineView {...props} />;
    case "story":
      return <StoryView {...props} />;
    case "audit":
      return <AuditView {...props} />;
  }
}

/** What keeps the page from showing the present, told as long as it does. */
function Connection() {
  const { hello, connected, loaded, isRead } = store;
  const troubles = connectionTroubles();
  const all = hello === undefined ? 0 : hello.next - hello.first;
  return (
    <div class="connection" role="status">
      {troubles.map((trouble) => (
        <p key={trouble} class="trouble">
          {trouble}
        </p>
      ))}
      {connected && hello !== undefined && !isRead ? (
        <p>
          Reading the history: {loaded.toLocaleString("en")} of {all.toLocaleString("en")} events
        </p>
      ) : null}
    </div>
  );
}

export function connectionTroubles(): string[] {
  const { hello, connected } = store;
  if (hello === undefined) return [];
  if (!connected)
    return ["The inspector does not answer: what is shown is as of its last word. Trying again."];
  return hello.sources
    .filter(({ state }) => state === "waiting")
    .map(
      ({ name, problem }) =>
        `NATS does not answer, so that news are missing: ${problem || name}. Trying again.`,
    );
}

function ThemeSwitch() {
  const [chosen, choose] = useState(theme());
  return (
    <label class="theme">
      <span class="unseen">Colours</span>
      <select
        value={chosen}
        onChange={({ currentTarget }) => {
          const next = currentTarget.value as Theme;
          applyTheme(next);
          choose(next);
        }}
      >
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
