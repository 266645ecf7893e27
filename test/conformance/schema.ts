/** Makes docs/understudy.schema.json, which editors complete and check understudy.yaml by, from the schema in the code: `npm run schema`. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { nativeSchema } from "../../contracts/config/native.ts";
import { projectRoot } from "./checklist.ts";

export const schemaFile = join(projectRoot, "docs/understudy.schema.json");

export function renderSchema(): string {
  const schema = z.toJSONSchema(nativeSchema, { io: "input" });
  const title = "understudy.yaml, made by `npm run schema`. Do not edit.";
  return `${JSON.stringify({ title, ...schema }, undefined, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(schemaFile, renderSchema());
