/** Makes docs/conformance.md from the checklist, the test names and the reasons: `npm run conformance`. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Checklist, checklist, projectRoot } from "./checklist.ts";
import { findTestNames, type TestName } from "./names.ts";
import { isProven, type Judged, judge, type Verdict } from "./proofs.ts";
import { kinds, type Reason, reasons } from "./reasons.ts";

export const pagePath = join(projectRoot, "docs/conformance.md");

/** The verdict on the tests as they stand in the working tree. */
export function judgeProject(): Verdict {
  return judge(checklist, findTestNames(), reasons);
}

export function renderPage({ judged }: Verdict, { sections, judgements }: Checklist): string {
  const tests = findTestNames();
  return `${[
    "# Conformance",
    "",
    "<!-- Made by `npm run conformance` from the names of the tests. Do not edit. -->",
    "",
    "Each requirement of the VRRP standards with the tests that prove it, or with the reason why none does.",
    "R3 is RFC 9568, R3o RFC 5798 where it differs, R2 RFC 3768, RA the authentication of RFC 2338, RP ARP, RN neighbour",
    "discovery, RM management (RFC 8347, 6527, 2787). Vnnn are received packets, Snn stories of several routers, and the rest",
    "rows of the state x event matrix.",
    "",
    ...summary(judged),
    ...Object.entries(sections).flatMap(([section, title]) => [
      "",
      `## ${title}`,
      "",
      ...judged.filter(({ requirement }) => requirement.section === section).flatMap(item),
    ]),
    "",
    "## What the standards leave open",
    "",
    ...judgements.flatMap(({ id, question }) => {
      const named = tests.filter(({ ids }) => ids.includes(id));
      return [`- **${id}** ${plain(question)}`, ...named.map((test) => `  - ${link(test)}`)];
    }),
  ].join("\n")}\n`;
}

function summary(judged: readonly Judged[]): string[] {
  const unproven = judged.filter((each) => !isProven(each));
  const counts: (readonly [string, number])[] = [
    ["proven by tests", judged.length - unproven.length],
    ...Object.entries(kinds).map(
      ([kind, title]) => [title, unproven.filter(({ reason }) => reason?.kind === kind).length] as const,
    ),
  ];
  return counts.map(([title, count]) => `- ${count} ${title}`);
}

function item(judged: Judged): string[] {
  const { requirement, reason } = judged;
  const { id, level, requirement: text } = requirement;
  const why = isProven(judged) ? proofs(judged) : [explain(reason)];
  return [
    `- **${id}** ${level === "-" ? "" : `${level}: `}${plain(text)}`,
    ...why.map((line) => `  - ${line}`),
  ];
}

function proofs({ requirement, named, byCases }: Judged): string[] {
  const files = byCases.map((file) => `[${file}](../${file})`).join(", ");
  return [
    ...named.map(link),
    ...(byCases.length === 0 ? [] : [`${files}: ${ranges(requirement.cases ?? [])}`]),
  ];
}

function explain(reason: Reason | undefined): string {
  if (reason === undefined) return "**neither a test nor a reason**";
  return `_${kinds[reason.kind]}_: ${plain(reason.text)}`;
}

function link({ file, name }: TestName): string {
  return `[${file}](../${file}): ${plain(name)}`;
}

/** V031, V032, V033 as V031-V033. */
function ranges(cases: readonly string[]): string {
  const number = (id: string) => (/^V\d{3}$/u.test(id) ? Number(id.slice(1)) : Number.NaN);
  const runs: string[][] = [];
  for (const id of cases) {
    const last = runs.at(-1);
    if (last !== undefined && number(last.at(-1) ?? "") + 1 === number(id)) last.push(id);
    else runs.push([id]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(", "))).join(", ");
}

/** Text in which Markdown finds nothing to do. */
function plain(text: string): string {
  return text.replaceAll(/[\\*_<`[\]]/gu, "\\$&");
}

if (process.argv[1] === import.meta.filename) {
  const verdict = judgeProject();
  writeFileSync(pagePath, renderPage(verdict, checklist));
  for (const complaint of verdict.complaints) process.stderr.write(`${complaint}\n`);
  process.exitCode = verdict.complaints.length === 0 ? 0 : 1;
}
