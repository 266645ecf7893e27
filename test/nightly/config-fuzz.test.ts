/** A hundred thousand spoiled configuration files: none crashes a reader, none takes it two seconds (other seeds each night). */

import { describe, expect, it } from "vitest";
import { fuzzConfigurations } from "../support/config-fuzz.ts";

const piece = 10_000;

/** The same files again: UNDERSTUDY_FUZZ_SEED with the first seed of the failure's piece, or the failing one. */
const firstSeed = Number(process.env["UNDERSTUDY_FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

describe(`spoiled configuration files, from seed ${firstSeed}`, () => {
  for (let part = 0; part < 10; part++) {
    it(`keepalived.conf, ten thousand, part ${part + 1} of 10`, () => {
      const plan = { form: "keepalived.conf", seed: firstSeed + part * piece, count: piece } as const;
      const { loaded, refused } = fuzzConfigurations(plan);
      expect(Math.min(loaded, refused)).toBeGreaterThan(piece / 10);
    });
  }

  it("understudy.yaml, ten thousand", () => {
    const { loaded, refused } = fuzzConfigurations({
      form: "understudy.yaml",
      seed: firstSeed,
      count: piece,
    });
    expect(Math.min(loaded, refused)).toBeGreaterThan(piece / 10);
  });
});
