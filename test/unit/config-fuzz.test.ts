/** Spoiled configuration files, the quick form; the nightly one has fifty times as many. */

import { expect, test } from "vitest";
import { fuzzConfigurations } from "../support/config-fuzz.ts";

test("2,000 spoiled keepalived.conf: never an exception, and each diagnostic stands in the file", () => {
  const { loaded, refused, codes } = fuzzConfigurations({ form: "keepalived.conf", seed: 1, count: 2000 });
  expect(loaded).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(200);
  expect(codes).toBeGreaterThan(40);
});

test("500 spoiled understudy.yaml: the same", () => {
  const { loaded, refused, codes } = fuzzConfigurations({ form: "understudy.yaml", seed: 1, count: 500 });
  expect(loaded).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(50);
  expect(codes).toBeGreaterThan(5);
});
