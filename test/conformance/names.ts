/**
 * Finds the names of tests, and in them the ids of the checklist, by reading the source text: nothing is run, so this
 * takes milliseconds inside a unit test. Names made in a loop hold their ids in `${vector.id}` or `${row.id}`, and both
 * stand for the very lists that those loops run over (checklist.ts).
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { matrixRows, projectRoot, vectors } from "./checklist.ts";

export interface TestName {
  /** From the root of the project. */
  readonly file: string;
  /** As written; a placeholder of a template is an ellipsis. */
  readonly name: string;
  readonly ids: readonly string[];
}

/** `it("...")`, `test("...")` and the second call of `test.each([...])("...")`. */
const call = /(?:(?<![.\w])(?:it|test)\(|\](?: as const)?\)\()\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/gu;
/** Whatever looks like an id, so that a mistyped one is found. */
const id = /\b(?:(?:R3o?|R2|RA|RP|RN|RM|J)-[\w.-]*\w|V\d{3}|S\d{2}b?)\b/gu;

const loops: Readonly<Record<string, readonly string[]>> = {
  "${vector.id}": vectors.map((vector) => vector.id),
  "${row.id}": [...new Set(matrixRows.map((row) => row.id))],
};

export function findTestNames(): TestName[] {
  return readdirSync(join(projectRoot, "test"), { recursive: true, encoding: "utf8" })
    .filter(
      (path) => path.endsWith(".ts") && !/^(?:fixtures|conformance|unit\/conformance\.test)/u.test(path),
    )
    .sort()
    .flatMap((path) => namesIn(`test/${path}`, readFileSync(join(projectRoot, "test", path), "utf8")));
}

/** The names in one source text, in its order. */
export function namesIn(file: string, text: string): TestName[] {
  return [...text.matchAll(call)].map(([, , written = ""]) => {
    const looped = Object.keys(loops).flatMap((loop) => (written.includes(loop) ? (loops[loop] ?? []) : []));
    const name = written.replaceAll(/\$\{[^}]*\}/gu, "…").replaceAll(/\\(.)/gu, "$1");
    return { file, name, ids: [...new Set([...looped, ...(written.match(id) ?? [])])] };
  });
}
