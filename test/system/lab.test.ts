/** `understudy lab` as a user runs it: the failover script on the example pair, and nothing left behind however it ends. */

import { execFileSync, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { FailoverReport } from "../../services/lab/failover-script.ts";
import { waitFor } from "../support/pair-wait.ts";

const main = fileURLToPath(new URL("../../dist/services/main.js", import.meta.url));

/** A lab of its own process; its namespaces carry the process id. */
function startLab(...words: string[]) {
  const lab = spawn(process.execPath, [main, "lab", ...words], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  lab.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ended = new Promise<number | null>((resolve) => lab.on("close", resolve));
  return { lab, output: () => output, ended };
}

function namespacesOf(pid: number | undefined): string[] {
  const listed = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
  return listed.split("\n").filter((line) => line.startsWith(`understudy-lab-${pid}-`));
}

/** Programs of the lab that still run: their command lines name its files. */
function processesIn(folder: string): string[] {
  const listed = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
  return listed.split("\n").filter((line) => line.includes(folder));
}

function foldersOfLabs(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("understudy-lab-"));
}

describe("the failover script", () => {
  it("S03, S04, S08: the example pair keeps every bound, every event arrives once and in order, nothing is left", async () => {
    const { lab, output, ended } = startLab("--script", "failover", "--json");
    const code = await ended;
    const report = JSON.parse(output()) as FailoverReport;
    expect(report.steps.map(({ name, ok, took, bound }) => ({ name, ok, took, bound }))).toEqual(
      report.steps.map(({ name, took, bound }) => ({ name, ok: true, took, bound })),
    );
    expect(report.steps).toHaveLength(4);
    expect(report.deliveries.map(({ written, received }) => [written, received])).toEqual([
      [5, 5],
      [5, 5],
    ]);
    expect(report.ok).toBe(true);
    expect(code).toBe(0);
    expect(namespacesOf(lab.pid)).toEqual([]);
  });
});

describe("the end of a lab", () => {
  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "%s leaves no namespace, process or file",
    async (signal) => {
      const before = new Set(foldersOfLabs());
      const { lab, output, ended } = startLab();
      await waitFor("both routers to start", () => output().match(/initialize -> backup/gu)?.length === 2);
      const [folder = "none"] = foldersOfLabs().filter((name) => !before.has(name));
      expect(processesIn(folder).length).toBeGreaterThanOrEqual(4);
      lab.kill(signal);
      await ended;
      await waitFor("its namespaces to go", () => namespacesOf(lab.pid).length === 0);
      await waitFor("its processes to end", () => processesIn(folder).length === 0);
      await waitFor("its files to go", () => !foldersOfLabs().includes(folder));
    },
  );
});
