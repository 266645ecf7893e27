/** `understudy check`: how diagnostics are printed, what the host adds, what the command answers. */

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { checkCommand } from "../../services/cli/check.ts";
import {
  createDiagnosticSink,
  type Diagnostic,
  formatDiagnostic,
} from "../../services/config/diagnostics.ts";
import { checkHost, type HostProbes, hostProbes } from "../../services/config/host.ts";
import { maximumDiagnostics } from "../../services/config/limits.ts";
import { readConfig } from "../../services/config/load.ts";

const folder = mkdtempSync(join(tmpdir(), "understudy-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

const examples = ["node-a.conf", "node-b.conf"].map((name) =>
  fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)),
);
const exampleText = readFileSync(examples[0] ?? "", "utf8");

function read(text: string, path = "f") {
  const result = readConfig(Buffer.from(text), { path, hostName: path });
  if (result.config === undefined) throw new Error(JSON.stringify(result.diagnostics));
  return { file: path, config: result.config, places: result.places };
}

const diagnostic: Diagnostic = {
  severity: "error",
  code: "some-code",
  message: "what is wrong",
  location: { file: "keepalived.conf", line: 14, column: 5 },
};

describe("a printed diagnostic", () => {
  test("has its place, the line with a caret, keepalived's view and a hint", () => {
    const full = { ...diagnostic, keepalived: "goes on", suggestion: "write it right" };
    expect(formatDiagnostic(full, { sourceLine: "    priority 256" })).toBe(
      [
        "keepalived.conf:14:5: error: what is wrong [some-code]",
        "    priority 256",
        "    ^",
        "keepalived: goes on",
        "hint: write it right",
      ].join("\n"),
    );
  });

  test("without a line it is one line", () => {
    expect(formatDiagnostic(diagnostic)).toBe("keepalived.conf:14:5: error: what is wrong [some-code]");
  });

  test.each([
    ["\t\tab", 4, "\t\t ^"],
    ["优先ab", 4, "     ^"],
    ["e\u0301ab", 3, " ^"],
    ["ab", 1, "^"],
  ])("%j, column %i: tabs and wide characters keep the caret in its place", (sourceLine, column, caret) => {
    const location = { ...diagnostic.location, column };
    expect(formatDiagnostic({ ...diagnostic, location }, { sourceLine }).split("\n")[2]).toBe(caret);
  });

  test("colours are off unless asked for, and control characters never reach the terminal", () => {
    expect(formatDiagnostic(diagnostic, { sourceLine: "a\u001b[2Jb" })).not.toContain("\u001b");
    expect(formatDiagnostic(diagnostic, { colour: true })).toContain("\u001b[1;31merror:\u001b[0m");
  });

  test("more than the limit of one severity are counted, not kept", () => {
    const sink = createDiagnosticSink();
    for (let index = 0; index < maximumDiagnostics + 7; index++) sink.report(diagnostic);
    const kept = sink.collect();
    expect(kept).toHaveLength(maximumDiagnostics + 1);
    expect(kept.at(-1)).toMatchObject({ severity: "note", code: "too-many-diagnostics" });
    expect(kept.at(-1)?.message).toMatch(/^7 more are not shown/u);
  });
});

describe("checks against the host", () => {
  const good: HostProbes = {
    interfaceExists: () => true,
    scriptStatus: () => "runs",
    isAccount: ({ user }) => user !== "keepalived_script",
  };

  test("a host that has everything is silent", () => {
    expect(checkHost(read(exampleText).config, good)).toEqual([]);
  });

  test("an unknown interface is an error at the line that names it", () => {
    const { config, places } = read(exampleText);
    const found = checkHost(config, { ...good, interfaceExists: () => false }, places);
    expect(found).toMatchObject([
      {
        severity: "error",
        code: "unknown-interface",
        message: "interface enp3s0f0 for vrrp_instance VI_1 doesn't exist",
        location: { file: "f", line: 11, column: 15 },
      },
    ]);
    expect(checkHost(config, { ...good, interfaceExists: () => false })[0]?.location.line).toBe(9);
  });

  test("scripts that cannot run are warnings in keepalived's words", () => {
    const { config } = read(exampleText);
    const scriptStatus = (path: string) => (path.includes("master") ? "missing" : "not-executable");
    expect(
      checkHost(config, { ...good, scriptStatus }).map(({ severity, message, location }) => [
        severity,
        message,
        location.line,
      ]),
    ).toEqual([
      [
        "warning",
        "Script /home/lc/test/change_to_master.sh cannot be accessed - No such file or directory",
        27,
      ],
      ["warning", "Script /home/lc/test/change_to_backup.sh cannot be accessed - Permission denied", 29],
      ["warning", "Script /home/lc/test/change_to_fault.sh cannot be accessed - Permission denied", 31],
    ]);
  });

  test("the probes of this host know lo, PATH and modes", () => {
    expect(["lo", "no-such-if0", "", "..", "a/b"].map(hostProbes.interfaceExists)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    const plain = join(folder, "plain");
    writeFileSync(plain, "");
    chmodSync(plain, 0o644);
    expect(
      ["sh", "/bin/sh", "no-such-command-0", "/no/such", plain, folder].map(hostProbes.scriptStatus),
    ).toEqual(["runs", "runs", "missing", "missing", "not-executable", "not-executable"]);
  });
});

describe("the command", () => {
  function check(files: readonly string[], options: Partial<Parameters<typeof checkCommand>[0]> = {}) {
    let output = "";
    const stdout = (text: string) => {
      output += text;
    };
    const exitCode = checkCommand({ files, ...options, stdout });
    return { exitCode, output };
  }

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  test("the examples are clean, alone and together", () => {
    const [a, b] = examples;
    expect(check(examples, { strict: true })).toEqual({
      exitCode: 0,
      output: `${a}: 1 router, 0 errors, 0 warnings\n${b}: 1 router, 0 errors, 0 warnings\nbetween the nodes: 0 errors, 0 warnings\n`,
    });
    expect(check([a ?? ""]).output).toBe(`${a}: 1 router, 0 errors, 0 warnings\n`);
  });

  test("warnings are 0, and 1 where they count", () => {
    const path = file("warned.conf", exampleText.replace("state MASTER", "state master"));
    const { exitCode, output } = check([path]);
    expect(exitCode).toBe(0);
    expect(output).toContain(
      `${path}:10:11: warning: unknown state \`master\`; it is taken as BACKUP [unknown-state]\n`,
    );
    expect(output).toContain("\n          ^\n");
    expect(output).toContain("hint: write MASTER, in capitals\n");
    expect(output.endsWith(`${path}: 1 router, 0 errors, 1 warning\n`)).toBe(true);
    expect(check([path], { strict: true }).exitCode).toBe(1);
  });

  test("errors are 2, and the other files are still checked", () => {
    const missing = join(folder, "nowhere.conf");
    const { exitCode, output } = check([missing, examples[0] ?? ""]);
    expect(exitCode).toBe(2);
    expect(output).toContain(`${missing}:1:1: error: the configuration file does not exist [file-missing]\n`);
    expect(output).toContain(`${missing}: 0 routers, 1 error, 0 warnings\n`);
    expect(output).toContain(`${examples[0]}: 1 router, 0 errors, 0 warnings\n`);
  });

  test("files without router_id are not taken for one node", () => {
    const text = exampleText.replace(/router_id node_A.*/u, "");
    const files = [file("x.conf", text), file("y.conf", text.replace("priority 51", "priority 50"))];
    expect(check(files, { strict: true }).exitCode).toBe(0);
  });

  test("the host is asked only with probes", () => {
    const probes: HostProbes = {
      interfaceExists: () => false,
      scriptStatus: () => "runs",
      isAccount: ({ user }) => user !== "keepalived_script",
    };
    expect(check([examples[0] ?? ""], { probes })).toMatchObject({ exitCode: 2 });
    expect(check([examples[0] ?? ""], { probes }).output).toContain(":11:15: error: interface enp3s0f0 for");
  });

  test("--json is one document with the same content", () => {
    const path = file("json.conf", exampleText.replace("priority 51", "priority 256"));
    const { exitCode, output } = check([path, examples[1] ?? ""], { json: true });
    expect(exitCode).toBe(2);
    expect(JSON.parse(output)).toMatchObject({
      exitCode: 2,
      files: [
        {
          file: path,
          routers: 1,
          errors: 1,
          warnings: 0,
          diagnostics: [{ code: "out-of-range", location: { line: 17 } }],
        },
        { file: examples[1], routers: 1, errors: 0, warnings: 0, diagnostics: [] },
      ],
      between: { errors: 0, warnings: 0, diagnostics: [] },
    });
  });
});
