/** What the page knows and what it is looking at. One object; every view is a function of it. */

import type { NodeWord } from "../../../machines/inspection/health.ts";
import type { Hello } from "../../../machines/inspection/hello.ts";
import { addRows, emptyModel, extentOf, type Model } from "../../../machines/inspection/model.ts";
import { type Names, type Row, shareNames } from "../../../machines/inspection/row.ts";

export interface Store {
  readonly model: Model;
  readonly names: Names;
  hello: Hello | undefined;
  /** Whether the server answers. */
  connected: boolean;
  /** Rows of the history that are read. */
  loaded: number;
  /** The history is in the page from its beginning on; until then there are holes in it. */
  isRead: boolean;
  /** Where it begins: the server has let go what lies before, but for the last transition of each lane. */
  begin: number;
  /** The moment that is looked at, microseconds since 1970; undefined follows what happens. */
  moment: number | undefined;
  /** Seconds of history in one second; 0 stands still. */
  speed: number;
  /** What each node said of itself last. */
  nodes: readonly NodeWord[];
  /** What is ahead of the browser's clock in the server's, in milliseconds. */
  clockOffset: number;
}

export const store: Store = {
  ...{ model: emptyModel(), names: new Map(), hello: undefined, connected: false, loaded: 0 },
  ...{ isRead: false, begin: 0 },
  ...{ moment: undefined, speed: 0, clockOffset: 0, nodes: [] },
};

const listeners = new Set<() => void>();

/** Called after each change that is to be shown. */
export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function changed(): void {
  for (const listener of listeners) listener();
}

/** Rows at once are shown at once; many of them one after the other are shown at the pace of the screen. */
const pace = 16;
let shownAt = 0;
let scheduled = false;

/** The first one of a while is shown in the same turn: a change of state is seen when it is known. */
export function changedSoon(): void {
  if (scheduled) return;
  const wait = shownAt + pace - performance.now();
  const show = () => {
    scheduled = false;
    shownAt = performance.now();
    changed();
  };
  if (wait <= 0) show();
  else {
    scheduled = true;
    setTimeout(show, wait);
  }
}

export function takeRows(rows: readonly Row[]): void {
  addRows(
    store.model,
    rows.map((row) => shareNames(row, store.names)),
  );
}

export function forgetRows(): void {
  Object.assign(store, { model: emptyModel(), loaded: 0, isRead: false, begin: 0 });
}

/**
 * Microseconds since 1970, by the server's clock, and never before the last record: what has happened is shown at once, even
 * where the clock of its node is ahead. Of a file it is the instant of the last record.
 */
export function presentMoment(): number {
  const last = extentOf(store.model)?.to ?? 0;
  if (store.hello?.mode === "file") return last;
  return Math.max(last, Math.round((Date.now() + store.clockOffset) * 1000));
}

/** What every view shows. */
export function momentShown(): number {
  return store.moment ?? presentMoment();
}

export function travelTo(moment: number | undefined): void {
  store.moment = moment === undefined ? undefined : Math.round(moment);
  if (moment === undefined) store.speed = 0;
  changed();
}
