/** `understudy status --all` and `--watch` beside real daemons: the bucket of present states follows what happens. */

import { spawnSync } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import type { NodesReport } from "../../services/cli/status-all.ts";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import { openPair, type Pair } from "../support/pair.ts";
import { mainProgram } from "../support/pair-program.ts";
import { quick, startBoth } from "../support/pair-quick.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
let watching: LabProcess | undefined;
afterEach(async () => {
  watching?.signal("SIGKILL");
  await pair?.close();
});

function words({ dataDirectory }: PairRouter, ...more: readonly string[]): string[] {
  return [process.execPath, mainProgram, "status", "--all", "--data-dir", dataDirectory, ...more];
}

function statusOf(router: PairRouter) {
  const command = ["netns", "exec", router.host.namespace, ...words(router, "--json")];
  const { stdout, stderr, status } = spawnSync("ip", command, { encoding: "utf8" });
  return { stderr, status, report: status === 4 ? undefined : (JSON.parse(stdout) as NodesReport) };
}

test("each router's present state is on NATS, follows a failover, and says when its node stops", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"], settings: [quick, quick] });
  const { a, b } = pair;
  expect(statusOf(b)).toMatchObject({ status: 4, report: undefined });
  await startBoth(pair);
  await waitFor("the state of a", () => {
    const { routers = [], nodes = [] } = statusOf(a).report ?? {};
    return routers[0]?.state === "active" && nodes[0]?.bus.state === "live";
  });
  expect(statusOf(a)).toMatchObject({
    status: 0,
    report: {
      problems: [],
      routers: [
        {
          ...{ node: "node_a", name: "VI_1", family: "ipv4", state: "active", reason: "noResponse" },
          ...{ lastEvent: "activeTimeout", lastRecord: { id: expect.stringMatching(/^node_a\/VI_1\//u) } },
        },
      ],
      nodes: [{ node: "node_a", isStopped: false, bus: { state: "live" } }],
    },
  });
  await waitFor("the state of b", () => statusOf(b).report?.routers[0]?.state === "backup");
  // Written before there was a bus.
  expect(statusOf(b).report?.routers[0]?.lastRecord).toMatchObject({ position: expect.any(Number) });
  // It has no link to the other server, and knows of nobody that is active there.
  expect(statusOf(b)).toMatchObject({ status: 1, report: { problems: ["nobody is active for VI_1"] } });

  const lines: string[] = [];
  watching = startInHost(b.host, { command: words(b, "--watch"), onLine: (line) => lines.push(line) });
  await waitFor("the first look", () => lines.some((line) => /VI_1 +node_b +backup/u.test(line)));
  expect(await a.stop()).toBe(0);
  await waitFor("the takeover in the second", () => lines.some((line) => /VI_1 +node_b +active/u.test(line)));
  expect(lines.filter((line) => /VI_1 +node_b +backup/u.test(line))).toHaveLength(1);
  watching.signal("SIGINT");
  await watching.ended;
  expect(statusOf(b)).toMatchObject({ status: 0, report: { problems: [], routers: [{ state: "active" }] } });
}, 60_000);
