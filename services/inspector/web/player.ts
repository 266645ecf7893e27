/** Plays the history: the moment goes on by itself, at once, ten times or a hundred times as fast as it was, or step by step. */

import { extentOf } from "../../../machines/inspection/model.ts";
import { placeAfter } from "../../../machines/inspection/row.ts";
import { changed, momentShown, store, travelTo } from "./store.ts";

export const speeds = [1, 10, 100] as const;

export function startPlaying(): void {
  let before = performance.now();
  const frame = (now: number) => {
    const passed = now - before;
    before = now;
    if (store.speed > 0 && store.moment !== undefined) {
      const end = extentOf(store.model)?.to ?? 0;
      const next = store.moment + passed * 1000 * store.speed;
      // Behind the last record lies the present, which is followed as it happens.
      if (next < end) travelTo(next);
      else if (store.hello?.mode === "file") play(0, end);
      else travelTo(undefined);
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** From the moment that is shown, or from the given one. */
export function play(speed: number, from = momentShown()): void {
  store.speed = speed;
  travelTo(from);
}

export function pause(): void {
  store.speed = 0;
  changed();
}

/** To the record before or behind the moment; of one router where its name is given. */
export function step(direction: 1 | -1, router?: string): void {
  const { rows } = store.model;
  const moment = momentShown();
  let place = direction > 0 ? placeAfter(rows, moment) : placeAfter(rows, moment - 1) - 1;
  while (router !== undefined && rows[place] !== undefined && rows[place]?.router !== router)
    place += direction;
  const row = rows[place];
  if (row === undefined) return;
  store.speed = 0;
  travelTo(row.at);
}
