/**
 * An installation of this checkout for another version of Node: the `node` package of npm with its headers, the built
 * files, and the npm packages with raw-socket compiled anew. Our own add-on is taken as it is: one binary for all.
 */

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface OtherNode {
  /** For example v24.21.0. */
  readonly version: string;
  readonly program: string;
  /** services/main.js. */
  readonly main: string;
}

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** `directory` is empty; it takes about 300 MB. */
export function installForNode(major: number, directory: string): OtherNode {
  const { program, headers } = installNode(major, directory);
  const app = join(directory, "app");
  mkdirSync(app);
  for (const each of ["dist", "package.json", "native"]) {
    cpSync(join(repository, each), join(app, each), { recursive: true });
  }
  linkPackages(join(repository, "node_modules"), join(app, "node_modules"));
  const environment = { ...process.env, PATH: `${dirname(program)}:${process.env["PATH"]}` };
  run("npm", ["rebuild", "raw-socket", `--nodedir=${headers}`], app, environment);
  const version = run(program, ["--version"], app, environment).trim();
  return { version, program, main: join(app, "dist/services/main.js") };
}

function installNode(major: number, directory: string): { program: string; headers: string } {
  const program = join(directory, "node_modules/node/bin/node");
  run(
    "npm",
    ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", directory, `node@${major}`],
    directory,
  );
  const own = join(directory, "node_modules/node/node_modules");
  const places = [own, join(directory, "node_modules")].filter((each) => existsSync(each));
  const found = places.flatMap((place) =>
    readdirSync(place)
      .filter((name) => name.startsWith("node-linux-"))
      .map((name) => join(place, name)),
  );
  const [headers] = found;
  if (headers === undefined) throw new Error(`the package node@${major} has no headers`);
  return { program, headers };
}

/** Links to all packages but the one that is compiled anew, so that the checkout's own stays as it is. */
function linkPackages(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name === "raw-socket") cpSync(join(from, name), join(to, name), { recursive: true });
    else if (!name.startsWith(".")) symlinkSync(join(from, name), join(to, name));
  }
}

function run(program: string, words: readonly string[], cwd: string, env = process.env): string {
  return execFileSync(program, words, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
