/**
 * 56 files with the exit code of keepalived 2.2.7 `-t` for each, against what is said here. 0 is clean, 5 errors
 * that keepalived would run with, 2 a refusal to run, 6 a file it runs but for script security.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../services/config/load.ts";

const folder = new URL("../fixtures/config/parser-cases/", import.meta.url);

const exitCodes = readFileSync(new URL("rc.tsv", folder), "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split("\t"))
  .map(([name = "", code = ""]) => [name, Number(code)] as const);

type Verdict = "clean" | "warned" | "refused";

/** What each file gets today: the verdict, then the codes in the order of the file. */
const verdicts: Readonly<Record<string, readonly [Verdict, ...string[]]>> = {
  "advint.conf": ["warned", "junk-after-number"],
  "badbool.conf": ["warned", "not-a-boolean", "not-a-boolean"],
  "badnum.conf": ["warned", "junk-after-number"],
  "badtrack.conf": ["warned", "unknown-tracker"],
  "brace_nextline.conf": ["clean"],
  "braceline.conf": ["clean"],
  "cond.conf": ["clean"],
  "dupname.conf": ["warned", "duplicate-block"],
  "dupnotify.conf": ["warned", "repeated-handler"],
  "dupvrid.conf": ["refused", "duplicate-virtual-router-id"],
  "emptypeer.conf": ["warned", "no-unicast-peer"],
  "emptysrc.conf": ["refused", "missing-parameter"],
  "ess0.conf": ["warned", "extra-words", "unknown-keyword"],
  "extraclose.conf": ["refused", "extra-brace"],
  "garp0.conf": ["warned", "no-gap", "no-gap"],
  "hash.conf": ["warned", "unterminated-quote"],
  "include.conf": ["warned", "include-missing", "include-missing"],
  "longpass.conf": ["warned", "password-cut"],
  "master100.conf": ["warned", "nopreempt-cleared", "preempt-delay-cleared", "advert-int-rounded"],
  "masternopreempt.conf": ["warned", "nopreempt-cleared"],
  "missingclose.conf": ["refused", "missing-brace"],
  "missingparam.conf": ["refused", "missing-parameter"],
  "mixfam.conf": ["refused", "mixed-families"],
  "multiline.conf": ["clean"],
  "noconf.conf": ["warned", "no-router"],
  "nofile_dir.conf": ["warned", "unknown-keyword", "no-router"],
  "noif.conf": ["clean"],
  "noifspec.conf": ["refused", "missing-interface"],
  "nonexistscript.conf": ["refused", "out-of-range", "duplicate-tracker"],
  "noprefix.conf": ["refused", "invalid-address"],
  "notify.conf": ["clean"],
  "novrid.conf": ["refused", "missing-virtual-router-id"],
  "ok.conf": ["clean"],
  "oneline.conf": ["clean"],
  "oneline2.conf": ["refused", "second-address-in-line"],
  "oneline_inst.conf": [
    "refused",
    "missing-interface",
    "missing-virtual-router-id",
    "no-address",
    "extra-words",
  ],
  "pathless.conf": ["clean"],
  "prio0.conf": ["refused", "out-of-range", "out-of-range", "out-of-range"],
  "seq.conf": ["refused", "invalid-address"],
  "seq2.conf": ["refused", "invalid-address", "invalid-address", "invalid-address"],
  "si.conf": ["warned", "no-router"],
  "stateinvalid.conf": ["warned", "unknown-state"],
  "strict_master.conf": ["warned", "no-gap", "strict-mode"],
  "strictpreempt.conf": ["warned", "strict-mode", "strict-mode", "strict-mode"],
  "strictu2.conf": ["clean"],
  "strictucast.conf": ["clean"],
  "syncgrp.conf": ["warned", "small-sync-group", "unknown-member"],
  "trackbefore.conf": ["clean"],
  "undefbrace.conf": ["clean"],
  "undefbrace2.conf": ["warned", "unknown-keyword", "undefined-name"],
  "unknown_block.conf": ["warned", "unknown-block"],
  "unknown_kw.conf": ["warned", "unknown-keyword"],
  "uservscr.conf": ["clean"],
  "v3frac.conf": ["warned", "advert-int-rounded", "authentication-ignored"],
  "v3novip.conf": ["refused", "no-address"],
  "vsextra.conf": ["warned", "not-acted-on", "no-router", "unknown-keyword"],
};

/** Files whose verdict is not what keepalived's exit code says, with the reason. */
const differences: Readonly<Record<string, string>> = {
  "dupnotify.conf": "the second script is left out in both; without a host, script security is not judged",
  "hash.conf": "the broken command is left out in both; without a host, script security is not judged",
  "noconf.conf": "a file without any router is hardly meant, so it is a warning",
  "uservscr.conf": "whether an account exists is asked of the host, by checkHost",
  "noif.conf": "whether an interface exists is asked of the host, by checkHost",
};

/** What the exit code leads to expect: a message for each of keepalived's, a refusal for its refusal. */
function agrees(exitCode: number, verdict: Verdict): boolean {
  if (exitCode === 0 || exitCode === 6) return verdict === "clean";
  return exitCode === 2 ? verdict === "refused" : verdict !== "clean";
}

describe("files with keepalived's own answer", () => {
  test("all 56 are here, and each has a row", () => {
    expect(exitCodes).toHaveLength(56);
    expect(Object.keys(verdicts)).toEqual(exitCodes.map(([name]) => name));
  });

  test.each(exitCodes)("%s (keepalived: %i)", (name, exitCode) => {
    const { config, diagnostics } = readConfig(readFileSync(new URL(name, folder)), {
      path: name,
      hostName: "h",
      configId: "main",
    });
    const verdict = config === undefined ? "refused" : diagnostics.length > 0 ? "warned" : "clean";
    expect([verdict, ...diagnostics.map((each) => each.code)]).toEqual(verdicts[name]);
    expect(agrees(exitCode, verdict) ? undefined : "differs").toBe(
      Object.hasOwn(differences, name) ? "differs" : undefined,
    );
  });
});

/** Files that keepalived runs in spite of its messages (5), and that are refused here. */
const refusedThoughRun: Readonly<Record<string, string>> = {
  "extraclose.conf": "a stray brace means that the file is not what its author thinks",
  "missingclose.conf": "a lost brace means that the file is not what its author thinks",
  "mixfam.conf": "the address would answer nowhere",
  "nonexistscript.conf": "a weight out of its range is more likely a slip than meant",
  "noprefix.conf": "the address would answer nowhere",
  "oneline2.conf": "the second address would answer nowhere",
  "seq.conf": "the address would answer nowhere",
  "seq2.conf": "the address would answer nowhere",
};

/** Files that keepalived's VRRP child does not start with either, whatever `-t` returns. */
const refusedByBoth = [
  "dupvrid.conf",
  "noifspec.conf",
  "novrid.conf",
  "oneline_inst.conf",
  "prio0.conf",
  "v3novip.conf",
];

test("every refusal of a file that keepalived runs has a reason", () => {
  const refused = exitCodes.filter(([name, code]) => code === 5 && verdicts[name]?.[0] === "refused");
  const explained = [...Object.keys(refusedThoughRun), ...refusedByBoth].sort();
  expect(refused.map(([name]) => name).sort()).toEqual(explained);
});
