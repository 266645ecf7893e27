/** The desk: work waits while routers are served, keeps its order, and never keeps the event loop for long. */

import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createDesk, longestHold } from "../../services/desk.ts";
import { fakeClock } from "../support/fake-ports.ts";

function prepared() {
  const clock = fakeClock();
  const desk = createDesk(clock);
  const done: string[] = [];
  const pass = (duration: number) => clock.set(clock.monotonic() + duration);
  const post = (name: string, duration = 0) =>
    desk.post(() => {
      done.push(name);
      pass(duration);
    });
  return { desk, done, post, pass };
}

describe("work", () => {
  test("is done at once where nothing is held", () => {
    const { done, post } = prepared();
    post("a");
    expect(done).toEqual(["a"]);
  });

  test("waits while routers are served and is done in its order when they have been", () => {
    const { desk, done, post } = prepared();
    desk.hold();
    for (const name of ["a", "b", "c"]) post(name);
    expect(done).toEqual([]);
    desk.release();
    expect(done).toEqual(["a", "b", "c"]);
  });

  test("of five milliseconds is done in one turn, the rest in the turns after it, before what comes later", async () => {
    const { desk, done, post } = prepared();
    desk.hold();
    for (const name of ["a", "b", "c", "d"]) post(name, 3_000);
    desk.release();
    post("e");
    expect(done).toEqual(["a", "b"]);
    await turn();
    expect(done).toEqual(["a", "b", "c", "d"]);
    await turn();
    expect(done).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("that is posted by work is done after what waited before it", () => {
    const { desk, done, post } = prepared();
    desk.hold();
    desk.post(() => post("later"));
    post("sooner");
    desk.release();
    expect(done).toEqual(["sooner", "later"]);
  });

  test("that was begun stops for routers that are due", async () => {
    const { desk, done, post } = prepared();
    desk.hold();
    for (const name of ["a", "b", "c"]) post(name, 6_000);
    desk.release();
    expect(done).toEqual(["a"]);
    desk.hold();
    await turn();
    expect(done).toEqual(["a"]);
    desk.release();
    expect(done).toEqual(["a", "b"]);
    desk.clear();
  });
});

describe("while one router after the other is due", () => {
  test("work goes on waiting, and is done after a quarter of a second all the same", () => {
    const { desk, done, post, pass } = prepared();
    desk.hold();
    post("a");
    pass(longestHold - 1);
    desk.release(true);
    desk.hold();
    expect(done).toEqual([]);
    pass(1);
    desk.release(true);
    expect(done).toEqual(["a"]);
  });
});

test("clearing the desk does everything now, and nothing twice", async () => {
  const { desk, done, post } = prepared();
  desk.hold();
  for (const name of ["a", "b", "c"]) post(name, 6_000);
  desk.release();
  desk.clear();
  expect(done).toEqual(["a", "b", "c"]);
  await turn();
  post("d");
  expect(done).toEqual(["a", "b", "c", "d"]);
});
