/** Files in both forms for tests: what is in the fixtures, and configurations without the places they were read from. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import { type LoadResult, readConfig } from "../../services/config/load.ts";
import { nativeForm } from "../../services/config/native/read.ts";
import { writeNative } from "../../services/config/native/write.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
export const nativeExample = join(root, "test/fixtures/config/native/understudy.yaml");

/** Every keepalived.conf of the examples and the fixtures. */
export function keepalivedFiles(): readonly string[] {
  return ["examples", "test/fixtures/config/parser-cases"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".conf"))
      .map((name) => join(root, folder, name)),
  );
}

export const hostName = "host";

export function readYaml(text: string): LoadResult {
  return readConfig(Buffer.from(text), { path: "understudy.yaml", hostName, native: nativeForm });
}

export function readFile(path: string): LoadResult {
  return readConfig(readFileSync(path), { path, hostName, configId: hostName, native: nativeForm });
}

export function yamlOf(config: DaemonConfig): string {
  return writeNative(config, { schema: "understudy.schema.json", hostName });
}

/** The same without `source`, which is another in another file. */
export function withoutSources(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSources);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => (key === "source" ? [] : [[key, withoutSources(part)]])),
  );
}
