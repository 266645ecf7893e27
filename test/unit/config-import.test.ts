/** `understudy import-config`: what is written is read again as the same configuration, whatever it is. */

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type DaemonConfig, daemonConfigSchema } from "../../contracts/config/schema.ts";
import { type ImportRequest, importCommand } from "../../services/cli/import-config.ts";
import { anyConfig } from "../support/any-config.ts";
import {
  hostName,
  keepalivedFiles,
  readFile,
  readYaml,
  withoutSources,
  yamlOf,
} from "../support/native-config.ts";

describe("what is written is read again as the same", () => {
  const loadable = keepalivedFiles().flatMap((path) => {
    const { config } = readFile(path);
    return config === undefined ? [] : [[basename(path), config] as const];
  });

  test("most of the files can be read", () => expect(loadable.length).toBeGreaterThan(40));

  test.each(loadable)("%s", (_name, config) => {
    const again = readYaml(yamlOf(config));
    expect(again.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(withoutSources(again.config)).toEqual(withoutSources(config));
  });

  test("the name of the host is not written where the file has none", () => {
    const nothing: DaemonConfig = { node: hostName, routers: [], trackers: [], syncGroups: [] };
    expect(yamlOf(nothing)).not.toContain(hostName);
    expect(yamlOf({ ...nothing, node: "lb1" })).toContain("node: lb1");
  });

  test("any configuration", () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        expect(daemonConfigSchema.safeParse(config).error).toBeUndefined();
        const again = readYaml(yamlOf(config));
        expect(again.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(withoutSources(again.config)).toEqual(withoutSources(config));
      }),
      { numRuns: 300 },
    );
    // Four seconds of work, which take long where the machine is shared.
  }, 120_000);

  test("any configuration has every field that there is", () => {
    const all = fieldsOfSchema(z.toJSONSchema(daemonConfigSchema));
    const found = new Set(fc.sample(anyConfig, { numRuns: 500, seed: 1 }).flatMap((each) => fieldsOf(each)));
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter((path) => !found.has(path))).toEqual([]);
  });
});

describe("import-config", () => {
  const folder = mkdtempSync(join(tmpdir(), "understudy-import-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const example = fileURLToPath(new URL("../../examples/node-a.conf", import.meta.url));

  const run = (request: Omit<ImportRequest, "stdout" | "stderr">) => {
    const [stdout, stderr]: [string[], string[]] = [[], []];
    const output = {
      stdout: (text: string) => void stdout.push(text),
      stderr: (text: string) => void stderr.push(text),
    };
    return {
      code: importCommand({ ...request, ...output }),
      stdout: stdout.join(""),
      stderr: stderr.join(""),
    };
  };

  test("writes to standard output, with the schema in the first line", () => {
    const { code, stdout } = run({ file: example });
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toMatch(/^# yaml-language-server: \$schema=.*understudy\.schema\.json$/u);
    expect(withoutSources(readYaml(stdout).config)).toEqual(withoutSources(readFile(example).config));
  });

  test("writes a file that its owner alone may read, and never over another unasked", () => {
    const output = join(folder, "understudy.yaml");
    writeFileSync(output, "mine", { mode: 0o644 });
    expect(run({ file: example, output })).toEqual({
      ...{ code: 2, stdout: "" },
      stderr: `understudy: ${output} exists; --force writes over it\n`,
    });
    expect(readFileSync(output, "utf8")).toBe("mine");
    expect(run({ file: example, output, force: true }).code).toBe(0);
    expect(statSync(output).mode & 0o777).toBe(0o600);
    expect(readFile(output).config?.routers).toHaveLength(1);
  });

  test("tells what is wrong with the file, and then writes nothing", () => {
    const output = join(folder, "none.yaml");
    const file = keepalivedFiles().find((path) => basename(path) === "dupvrid.conf") ?? "";
    const { code, stdout, stderr } = run({ file, output });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("[duplicate-virtual-router-id]");
    expect(existsSync(output)).toBe(false);
  });
});

/** "routers.addresses.label": the paths of fields, without the places in lists. */
function fieldsOf(value: unknown, prefix = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => fieldsOf(each, prefix));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [
    prefix + name,
    ...fieldsOf(part, `${prefix}${name}.`),
  ]);
}

/** The same of a JSON Schema, whose alternatives may each have fields. */
function fieldsOfSchema(schema: unknown, prefix = ""): string[] {
  if (Array.isArray(schema)) return [...new Set(schema.flatMap((each) => fieldsOfSchema(each, prefix)))];
  if (typeof schema !== "object" || schema === null) return [];
  const { properties = {}, items, anyOf, oneOf } = schema as z.core.JSONSchema.JSONSchema;
  return [
    ...Object.entries(properties).flatMap(([name, part]) => [
      prefix + name,
      ...fieldsOfSchema(part, `${prefix}${name}.`),
    ]),
    ...[items, anyOf, oneOf].flatMap((each) => fieldsOfSchema(each, prefix)),
  ];
}
