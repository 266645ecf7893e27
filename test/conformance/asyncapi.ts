/** Makes docs/asyncapi.json, the event log for programs, from the schemas in the code: `npm run asyncapi`. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asyncApiDocument } from "../../contracts/events/asyncapi.ts";
import { projectRoot } from "./checklist.ts";

export const asyncApiFile = join(projectRoot, "docs/asyncapi.json");

export function renderAsyncApi(): string {
  return `${JSON.stringify(asyncApiDocument(), undefined, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(asyncApiFile, renderAsyncApi());
