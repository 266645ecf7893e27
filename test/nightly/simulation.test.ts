/** Ten thousand random stories, in pieces so that a failing one does not hide the others. */

import { describe, expect, it } from "vitest";
import { playStory } from "../simulation/chaos.ts";

const seeds = 10_000;
const piece = 1_000;

describe("random stories at night", () => {
  for (let first = 1; first <= seeds; first += piece) {
    it(`seeds ${first} to ${first + piece - 1}: the invariants hold at every step, and one router serves in the end`, () => {
      let transitions = 0;
      for (let seed = first; seed < first + piece; seed++) transitions += playStory(seed).transitions;
      expect(transitions).toBeGreaterThan(piece * 4);
    });
  }
});
