/** A Vitest reporter that writes how many tests passed, failed and were skipped to the file that .ci/run names. */

import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export function countsReporter(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[], unhandled) {
      const path = process.env["UNDERSTUDY_TEST_COUNTS"];
      if (path === undefined) return;
      const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
      for (const module of modules) {
        // A file that does not load has no test to fail.
        if (module.state() === "failed" && module.errors().length > 0) counts.failed++;
        for (const test of module.children.allTests()) {
          const { state } = test.result();
          if (state === "passed" || state === "failed") counts[state]++;
          else counts.skipped++;
        }
      }
      writeFileSync(path, JSON.stringify(counts));
    },
  };
}
