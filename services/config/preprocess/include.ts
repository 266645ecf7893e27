/** `include` and its relatives: a pattern -> the files it names, relative to the file it stands in (keepalived P22). */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Report } from "../diagnostics.ts";
import type { SourceLine } from "../source.ts";
import { locationIn } from "./line.ts";

/** The keyword decides what counts as an error: unreadable, no match, no match of a wildcard, of a brace; `a` is all. */
const strictKeywords: Readonly<Record<string, (pattern: string) => boolean>> = {
  include: () => false,
  includer: () => false,
  includem: (pattern) => !hasWildcard(pattern),
  includew: hasWildcard,
  includeb: (pattern) => pattern.includes("{"),
  includea: () => true,
};

/** Whether files that are there and cannot be read are an error for this keyword. */
export function mustBeReadable(keyword: string): boolean {
  return keyword === "includer" || keyword === "includea";
}

/** The paths of a pattern in alphabetical order. None is reported, as a warning or an error. */
export function findFiles(
  keyword: string,
  pattern: string,
  line: SourceLine,
  report: Report,
): readonly string[] {
  const folder = dirname(line.file);
  const named = /[*?[\]{}]/u.test(pattern) ? expand(pattern, folder) : [pattern];
  const files = named.map((file) => (isAbsolute(file) ? file : join(folder, file))).filter(existsSync);
  if (files.length > 0) return files;
  report({
    severity: strictKeywords[keyword]?.(pattern) === true ? "error" : "warning",
    code: "include-missing",
    message: `\`${pattern}\` names no file; nothing is included`,
    location: locationIn(line, line.text.search(/\S/u)),
    keepalived: `Config files missing '${pattern}'.`,
    suggestion: `the path is relative to ${resolve(folder)}`,
  });
  return [];
}

function hasWildcard(pattern: string): boolean {
  return /[*?[]/u.test(pattern);
}

/** Loaded where a pattern is met only: most files have none, and the daemon starts the sooner. */
function expand(pattern: string, folder: string): readonly string[] {
  const { globSync } = createRequire(import.meta.url)("tinyglobby") as typeof import("tinyglobby");
  return globSync(pattern, { cwd: folder, absolute: isAbsolute(pattern), expandDirectories: false }).sort();
}
