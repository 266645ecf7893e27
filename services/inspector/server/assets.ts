/** The built page: a fixed table of files, read once. What is not in it does not exist, so that no path leads elsewhere. */

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describeThrown, failure, type Outcome, success } from "../../io/outcome.ts";

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
  readonly packed: Buffer;
  /** Its name tells its content, so that it never changes. */
  readonly isLasting: boolean;
}

export type Assets = ReadonlyMap<string, Asset>;

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json",
};

/** Of an installation: the page that bin/setup built, and the layout of every version's chart. */
export function loadAssets(root: URL): Outcome<Assets> {
  const assets = new Map<string, Asset>();
  const add = (path: string, file: URL, isLasting: boolean) => {
    const type = types[file.pathname.split(".").at(-1) ?? ""];
    if (type === undefined) return;
    const body = readFileSync(file);
    assets.set(path, { type, body, packed: gzipSync(body), isLasting });
  };
  try {
    const page = new URL("dist/inspector/", root);
    add("/", new URL("index.html", page), false);
    const built = new URL("assets/", page);
    for (const name of readdirSync(built)) add(`/assets/${name}`, new URL(name, built), true);
    const charts = new URL("machines/charts/", root);
    for (const name of readdirSync(charts)) add(`/charts/${name}`, new URL(name, charts), false);
    return success(assets);
  } catch (thrown) {
    return failure(`the page is not built (bin/setup builds it): ${describeThrown(thrown)}`);
  }
}
