/** Diagnostics of what both forms are checked for, in the words of understudy.yaml. */

import type { Report } from "../diagnostics.ts";

/** keepalived goes on after these, and old files rely on it. No old file is in this form. */
const isError: ReadonlySet<string> = new Set([
  ...[
    "unknown-tracker",
    "duplicate-tracker",
    "duplicate-interface",
    "unknown-member",
    "member-of-two-groups",
  ],
  ...["duplicate-block", "version-raised", "authentication-ignored", "nopreempt-cleared"],
  ...["preempt-delay-cleared", "advert-int-rounded", "vmac-xmit-base-alone"],
]);

const words: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/advert_int ([\d.]+)/gu, "advertisementInterval: $1s"],
  [/use `version 3`|`version 3`/gu, "`version: 3`"],
  [/virtual_router_id/gu, "virtualRouterId"],
  [/vrrp_instance/gu, "router"],
  [/vrrp_sync_group/gu, "sync group"],
  [/vrrp_script/gu, "script"],
  [/vrrp_track_file|track_file/gu, "file"],
  [/preempt_delay/gu, "preemptDelay"],
  [/(?<!`)nopreempt(?!`)|`nopreempt`/gu, "`preempt: false`"],
  [
    /virtual_ipaddress_excluded, or into an instance/gu,
    "excluded ones (`isExcluded: true`), or into a router",
  ],
  [/`dev IF`/gu, "`interface:`"],
  [/`vmac_xmit_base`/gu, "`advertsOnParent: true`"],
  [/`use_vmac`/gu, "`virtualMac`"],
  [/`smtp_server` or `notification_email` is missing/gu, "`notifications.mail` of the node is missing"],
  [
    /add both to global_defs, or remove `smtp_alert`/gu,
    "add `notifications: { mail: … }`, or remove `mail: true`",
  ],
  [/no script_user is named/gu, "no user is named"],
  [/`script_user USER` in global_defs names another/gu, "`runAs: { user: USER }` names another"],
  [/add `script_user USER` to global_defs/gu, "add `runAs: { user: USER }` to the command"],
];

/** What keepalived would do is left out: it does not read this form. `file` stands where a diagnostic names none. */
export function inNativeWords(file: string, report: Report): Report {
  return ({ keepalived: _, ...diagnostic }) => {
    const { severity, code, message, location, suggestion } = diagnostic;
    report({
      ...diagnostic,
      severity: isError.has(code) ? "error" : severity,
      message: translated(message),
      location: location.file === "" ? { ...location, file } : location,
      ...(suggestion === undefined ? {} : { suggestion: translated(suggestion) }),
    });
  };
}

function translated(text: string): string {
  return words.reduce((sofar, [pattern, word]) => sofar.replace(pattern, word), text);
}
