/**
 * The walls of the house. The compiler and Biome hold most of them, so this proves that they do: one bad sample for
 * each rule, in a copy of the project's own configuration. What neither sees is checked here on the real files.
 */

import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { longestFiles } from "./support/longest-first.ts";

const root = normalize(join(dirname(fileURLToPath(import.meta.url)), ".."));
const rooms = ["contracts", "machines", "services", "test"] as const;

/** Areas of services/ and what each may import besides its own files; the files on top may import all. */
const areas: Readonly<Record<string, readonly string[]>> = {
  io: [],
  config: ["io"],
  trackers: ["io"],
  log: ["io"],
  control: ["io"],
  journal: ["io"],
  client: ["io"],
  bus: ["io", "client", "journal"],
  chart: [],
  history: ["io", "journal"],
  notify: ["io", "client"],
  lab: ["io", "control", "journal"],
  inspector: ["io", "client", "journal"],
  cli: [
    "io",
    "chart",
    "config",
    "log",
    "control",
    "client",
    "bus",
    "notify",
    "lab",
    "journal",
    "history",
    "inspector",
  ],
};

const page = "services/inspector/web/";

/** `Math.random` and friends are members of globals that Biome cannot restrict one by one. */
const impure = /\bMath\.random\b|\bcrypto\.(randomUUID|getRandomValues)\b/u;

describe("what the compiler refuses", () => {
  const samples = [
    ["contracts", 'import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n'],
    ["contracts", 'import { y } from "../machines/y.ts";\nexport const x = y;\n'],
    ["contracts", "export const now = process.hrtime();\n"],
    ["machines", 'import { z } from "../services/z.ts";\nexport const x = z;\n'],
    ["machines", "export const later = setTimeout(() => undefined, 1);\n"],
    ["services", 'import { t } from "../test/t.ts";\nexport const x = t;\n'],
    ["contracts", "export enum Colour {\n  Red,\n}\n"],
    ["contracts", "export const first: string = ['a'][0];\n"],
  ] as const;
  for (const [room, source] of samples) {
    it(`${room}: ${source.split("\n")[0]}`, () => {
      expect(compile(room, "export const fine = 1;\n")).toBe("");
      expect(compile(room, source)).toContain("error TS");
    });
  }
});

describe("what Biome refuses", () => {
  const samples = [
    ["contracts", "export const at = Date.now();\n", "noRestrictedGlobals"],
    ["contracts", "export const bytes = Buffer.alloc(1);\n", "noRestrictedGlobals"],
    ["contracts", 'import { z } from "../services/z.ts";\n\nexport const x = z;\n', "noRestrictedImports"],
    ["machines", "export const at = performance.now();\n", "noRestrictedGlobals"],
    ["machines", 'import { z } from "zod";\n\nexport const x = z;\n', "noRestrictedImports"],
    ["services", 'import { t } from "../test/t.ts";\n\nexport const x = t;\n', "noRestrictedImports"],
    ["services", "export default 1;\n", "noDefaultExport"],
    ["services", 'export * from "./other.ts";\n', "noBarrelFile"],
    ["services", "export const x: any = 1;\n", "noExplicitAny"],
    ["services", "export const x = (a: string | undefined) => a!.length;\n", "noNonNullAssertion"],
  ] as const;
  for (const [room, source, rule] of samples) {
    it(`${room}: ${rule}: ${source.split("\n")[0]}`, () => {
      expect(lint(room, "export const fine = 1;\n")).not.toContain("lint/");
      expect(lint(room, source)).toContain(rule);
    });
  }
});

describe("what is checked here", () => {
  it("contracts and machines draw no lots", () => {
    expect(impure.test("export const x = Math.random();")).toBe(true);
    const guilty = sources("contracts", "machines").filter(({ text }) => impure.test(text));
    expect(guilty.map(({ path }) => path)).toEqual([]);
  });

  it("areas of services import only what the plan allows", () => {
    expect(forbiddenEdge("services/io/a.ts", "services/bus/b.ts")).toBe(true);
    expect(forbiddenEdge("services/bus/b.ts", "services/io/a.ts")).toBe(false);
    const forbidden = sources("services").flatMap(({ path, imports }) =>
      imports.filter((target) => forbiddenEdge(path, target)).map((target) => `${path} -> ${target}`),
    );
    expect(forbidden).toEqual([]);
  });

  it("the inspector's page, which runs in browsers, imports contracts, machines and itself only", () => {
    const isForbidden = (target: string) => target.startsWith("services/") && !target.startsWith(page);
    expect(isForbidden("services/inspector/server/a.ts")).toBe(true);
    expect(isForbidden(`${page}a.tsx`)).toBe(false);
    const [own, others] = [true, false].map((is) =>
      sources("services").filter(({ path }) => path.startsWith(page) === is),
    );
    expect(own?.length).toBeGreaterThan(20);
    expect(own?.flatMap(({ imports }) => imports.filter(isForbidden))).toEqual([]);
    expect(others?.flatMap(({ imports }) => imports.filter((target) => target.startsWith(page)))).toEqual([]);
  });

  it("no file imports itself over others", () => {
    expect(
      findCycle(
        new Map([
          ["a", ["b"]],
          ["b", ["c"]],
          ["c", ["a"]],
        ]),
      ),
    ).toEqual(["a", "b", "c", "a"]);
    const graph = new Map(sources(...rooms).map(({ path, imports }) => [path, imports]));
    expect(findCycle(graph)).toBeUndefined();
  });

  it("no file is longer than 300 lines", () => {
    const long = sources(...rooms).filter(({ text }) => text.split("\n").length > 301);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it("the test files that are to begin first are there", () => {
    const there = sources("test").map(({ path }) => path);
    expect(there).toEqual(expect.arrayContaining(longestFiles.map((name) => `test/system/${name}.test.ts`)));
  });

  it("every file begins with its charter", () => {
    const bare = sources("contracts", "machines", "services").filter(
      ({ text }) => !/^(#!.*\n)?\/\*\*/u.test(text),
    );
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it("the three source rooms see one another in one direction", () => {
    const upward = sources("contracts", "machines", "services").flatMap(({ path, imports }) =>
      imports
        .filter((target) => rooms.indexOf(roomOf(target)) > rooms.indexOf(roomOf(path)))
        .map((target) => `${path} -> ${target}`),
    );
    expect(upward).toEqual([]);
  });
});

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-walls-"));
  for (const file of ["tsconfig.json", "biome.json", "package.json"])
    cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const room of rooms) {
    mkdirSync(join(folder, room));
    cpSync(join(root, room, "tsconfig.json"), join(folder, room, "tsconfig.json"));
  }
  writeFileSync(join(folder, "machines", "y.ts"), "export const y = 1;\n");
  writeFileSync(join(folder, "services", "z.ts"), "export const z = 1;\n");
  writeFileSync(join(folder, "services", "other.ts"), "export const other = 1;\n");
  writeFileSync(join(folder, "test", "t.ts"), "export const t = 1;\n");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function compile(room: string, source: string): string {
  return runOn(room, source, [join(root, "node_modules/.bin/tsc"), "-b", room]);
}

function lint(room: string, source: string): string {
  return runOn(room, source, [
    join(root, "node_modules/.bin/biome"),
    "lint",
    "--max-diagnostics=50",
    `${room}/sample.ts`,
  ]);
}

/** The words of the tool about the sample; empty where it is content. */
function runOn(room: string, source: string, [program = "", ...words]: readonly string[]): string {
  const path = join(folder, room, "sample.ts");
  writeFileSync(path, source);
  try {
    execFileSync(program, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return "";
  } catch (thrown) {
    const { stdout, stderr } = thrown as { stdout: string; stderr: string };
    return `${stdout}${stderr}`;
  } finally {
    rmSync(path);
  }
}

interface Source {
  /** From the root of the checkout. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sources(...folders: readonly string[]): Source[] {
  return folders.flatMap((name) =>
    readdirSync(join(root, name), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/u.test(file) && !file.endsWith(".d.ts") && !file.includes("fixtures"))
      .map((file) => {
        const path = join(name, file);
        const text = readFileSync(join(root, path), "utf8");
        const imports = [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/gu)].map(([, target = ""]) =>
          relative(root, join(root, dirname(path), target)),
        );
        return { path, text, imports };
      }),
  );
}

function roomOf(path: string): (typeof rooms)[number] {
  return rooms.find((room) => path.startsWith(`${room}/`)) ?? "test";
}

function areaOf(path: string): string | undefined {
  return /^services\/([^/]+)\/./u.exec(path)?.[1];
}

/** An area may use its own files, the areas of the plan and the two lower rooms; only cli/ may use the files on top. */
function forbiddenEdge(from: string, to: string): boolean {
  const area = areaOf(from);
  if (area === undefined || !to.startsWith("services/")) return false;
  const target = areaOf(to);
  if (target === undefined) return area !== "cli";
  return target !== area && !(areas[area] ?? []).includes(target);
}

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const finished = new Set<string>();
  const visit = (node: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node];
    if (finished.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...trail, node]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
