/** What a reload changed, or would change: the bodies of records of class `config`, and the answer to `understudy reload`. */

import { z } from "zod";

/** One setting, as people read it; secrets are left out. Of a list only what came and what went. */
export const settingChangeSchema = z.union([
  z.strictObject({ setting: z.string(), from: z.string(), to: z.string() }),
  z.strictObject({ setting: z.string(), added: z.array(z.string()), removed: z.array(z.string()) }),
]);
export type SettingChange = Readonly<z.infer<typeof settingChangeSchema>>;

const names = z.array(z.string());
const routerChanges = z.array(z.strictObject({ router: z.string(), settings: z.array(settingChangeSchema) }));

/** The body of a record of class `config`. */
export const configEventSchema = z.discriminatedUnion("change", [
  /** Of the node, once for each reload: the names of the routers concerned. */
  z.strictObject({
    change: z.literal("reloaded"),
    added: names,
    removed: names,
    replaced: names,
    changed: names,
    unchanged: z.int(),
    /** What is no single router's: what is tracked, sync groups. */
    shared: z.array(settingChangeSchema),
    /** What needs a restart of the daemon, and stays as it is until then. */
    fixed: z.array(settingChangeSchema),
  }),
  /** Of the node: the file cannot be used and changed nothing. */
  z.strictObject({ change: z.literal("refused"), problems: names }),
  /** Of a router that goes on with other settings. */
  z.strictObject({ change: z.literal("changed"), settings: z.array(settingChangeSchema) }),
  /** Of a router that stops, while another of its name starts. */
  z.strictObject({ change: z.literal("replaced"), settings: z.array(settingChangeSchema) }),
  z.strictObject({ change: z.literal("added") }),
  z.strictObject({ change: z.literal("removed") }),
]);
export type ConfigEvent = Readonly<z.infer<typeof configEventSchema>>;

/** What the daemon answers to `reload`. */
export const reloadReportSchema = z.strictObject({
  /** `planned` is the answer of a dry run; `refused` changed nothing. */
  outcome: z.enum(["applied", "planned", "refused"]),
  added: names,
  removed: names,
  replaced: routerChanges,
  changed: routerChanges,
  unchanged: z.int(),
  shared: z.array(settingChangeSchema),
  fixed: z.array(settingChangeSchema),
  /** What is to be said of the file, as `check` prints it. */
  diagnostics: z.array(z.strictObject({ severity: z.enum(["error", "warning", "note"]), text: z.string() })),
  /** From the request to the last change, reading included. */
  milliseconds: z.number(),
});
export type ReloadReport = Readonly<z.infer<typeof reloadReportSchema>>;

/** "priority 100 -> 150", "addresses +10.0.0.2/32@eth0". */
export function describeSetting(change: SettingChange): string {
  if ("from" in change) return `${change.setting} ${change.from} -> ${change.to}`;
  const items = [...change.removed.map((item) => `-${item}`), ...change.added.map((item) => `+${item}`)];
  return `${change.setting} ${items.join(" ")}`;
}

/** What comes of a record of class `config`, in one sentence. */
export function describeConfigEvent(event: ConfigEvent): string {
  switch (event.change) {
    case "reloaded": {
      const { unchanged, shared, fixed } = event;
      const parts = (["added", "removed", "replaced", "changed"] as const)
        .filter((kind) => event[kind].length > 0)
        .map((kind) => `${kind} ${event[kind].join(", ")}`);
      const restart = fixed.map((each) => `; a restart is needed for ${describeSetting(each)}`).join("");
      parts.push(...shared.map(describeSetting));
      const what = parts.length === 0 ? "nothing changed" : parts.join("; ");
      return `configuration reloaded: ${what}; ${unchanged} unchanged${restart}`;
    }
    case "refused":
      return `the configuration stays as it is, the new one cannot be used: ${event.problems.join("; ")}`;
    case "changed":
      return `goes on with ${event.settings.map(describeSetting).join(", ")}`;
    case "replaced":
      return `starts anew with ${event.settings.map(describeSetting).join(", ")}`;
    case "added":
      return "was added";
    case "removed":
      return "was removed";
  }
}
