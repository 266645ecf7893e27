/**
 * Three projects. `unit` needs no privilege. `system` needs root, namespaces and the packages of bin/setup --test.
 * `nightly` is the long form; `npm test` leaves it out.
 */

import { defineConfig } from "vitest/config";
import { countsReporter } from "./test/support/counts-reporter.ts";
import { LongestFirst } from "./test/support/longest-first.ts";

export default defineConfig({
  test: {
    reporters: ["default", countsReporter()],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/simulation/**/*.test.ts", "test/architecture.test.ts"],
          testTimeout: 30_000,
          // Vitest leaves a processor to itself, which is half of a small machine.
          maxWorkers: "100%",
        },
      },
      {
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // They mostly wait, so two processors carry more of them than two; a fourth makes daemons late that are watched.
          maxWorkers: 3,
          // Of the tests of one file that may overlap, for the same reason.
          maxConcurrency: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "nightly",
          include: ["test/nightly/**/*.test.ts"],
          testTimeout: 1_800_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
