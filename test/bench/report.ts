/** Shows the results: a table on the terminal, and docs/performance.md. */

import Table from "cli-table3";
import type { Machine } from "./machine.ts";
import { shown, spreadOf } from "./numbers.ts";
import { isMet, type Row } from "./row.ts";
import { type Results, rowsOf } from "./rows.ts";

const headings = ["figure", "ours", "keepalived", "ratio", "target", "met"];

export function terminalTable(results: Results): string {
  const table = new Table({ head: headings, style: { head: [], border: [] } });
  for (const row of rowsOf(results)) table.push([...cells(row)]);
  return `${table.toString()}\n${noiseSentences(results).join("\n")}\n`;
}

export function performancePage(results: Results, machine: Machine, date: string): string {
  const rows = rowsOf(results);
  return `# Performance

Measured by \`npm run bench\` on ${date}, commit ${machine.commit}; keepalived is Debian's, in the same run. This page is
written by the benchmark. Medians; the spreads are below.

| | |
|---|---|
| processor | ${machine.processor}, ${machine.memory} |
| kernel | Linux ${machine.kernel} |
| Node | ${machine.node} |
| nats-server | ${machine.natsServer} |
| keepalived | ${machine.keepalived} |

| ${headings.join(" | ")} |
|${headings.map(() => "---").join("|")}|
${rows.map((row) => `| ${cells(row).join(" | ")} |`).join("\n")}

Spreads:

${rows
  .filter((row) => row.detail !== "")
  .map((row) => `* ${row.figure}: ${row.detail} (${row.unit})`)
  .join("\n")}

## How it is measured

* Start: from the spawn of \`node dist/services/main.js run -f FILE\`, or of keepalived, to the line "Entering BACKUP STATE
  (init)" in its log. NATS is not waited for.
* Takeover: two routers of one make and equal priority on a switch of network namespaces, VRRP version 2, PASS, one advert
  a second. The active one is killed (SIGKILL) at a random phase of the interval; due is the last advert heard + 3 s +
  (256 - 50)/256 s, and the first advert of the other router counts. An observer in a third namespace sees both with the
  kernel's receive time.
* First advert to subscriber: from that same advert to the instant at which a process of its own has it. Ours is a core
  NATS subscriber to \`vrrp.v1.ev.*.*.transition\`; keepalived's takeovers fall in turn to a router with a reader of its
  notify FIFO and to one with a notify_master shell script that runs \`date\`. Subscriber and FIFO reader send themselves
  something four times a second, so that they are as awake and as compiled as programs that have work.
* Check scripts: 250 vrrp_scripts of /bin/true, one second each, tracked by one router; the daemon's own processor time and
  that of the programs it has waited for, in windows of four seconds.
* Many routers at once: two routers of one make with 250 or 1,000 vrrp_instances each (250 on a LAN), configured alike.
  The active one is killed, or gets SIGTERM; a virtual address has moved with the first gratuitous ARP for it that the
  observer sees. Late is, for each address, from the last advert of its VRID + 3 s + Skew_Time, after SIGTERM from there
  + Skew_Time; the row is the last address of all, the median over the takeovers. Logs go to files.
* Jitter: how far the distance of two adverts is from the interval that is configured. Both makes run at the same time.
* Encode, validate, machine: processor time of a process that does nothing else, its collector and compiler included.
* 10,000 routers: configuration, actor, shell and armed timer of each, after each has heard three adverts; what the process
  has grown by (PSS) since before the first of them, and all of it.
* Receive: a daemon with 250 backup routers and a sender in another namespace, which sends what is due each millisecond, as
  a router does that serves its timers together. The scheduler's own clock, all threads.
* Flood: five kinds of bad packets at an active router with an advert each 100 ms. Delayed is the longest time without an
  advert of ours, less the interval.
* Memory: /proc/PID/smaps_rollup of an active router ${results.steady?.seconds ?? 0} s after its start, daemon alone and nats-server beside
  it. All run from copies of their programs, so that no page is shared with another process of the same program.
* Processor: the scheduler's own clock (/proc/PID/task/*/schedstat) of all threads, over the last ${results.steady?.watched ?? 0} s.

## Where the start goes

${stageTable(results)}

The steps were timed one by one in a program that goes the same way, medians of five runs; an import counts what no
import before it has loaded. V8, Node and their own modules are the first line.

## What makes it fast

* The routers run before anything of NATS is loaded.
* A takeover is rehearsed: for 2.5 s after the start, and once more four milliseconds before a takeover is due, a router
  with very short timers takes over on ports that change nothing (services/rehearsal.ts). Code that V8 has compiled and a
  processor that is awake are worth a millisecond of the first advert and three of the event.
* The event leaves before log lines and the records of what the effects became.
* An advert counts from the instant at which the kernel had it, not from when a sleeping processor came to read it.
* Every router that is due is served before anything is written down; routers that stop resign before they withdraw.
* What a takeover asks of the kernel is encoded before it is needed, goes to it in one list where many routers take over in
  the same turn, and datagrams are read in place.

## Noise

The event's time has two modes, about 1.2 and 2 ms: a processor of the measuring virtual machine that sleeps takes 0.25 to
0.5 ms to wake, and nats-server and subscriber may each be woken on a sleeping one or on the one that is awake. So its median
moves from run to run. On 2026-11-22 it was, in ms, 1.17, 1.27, 1.46, 1.46, 1.55 and 1.76 in six runs with 12 to 16
takeovers each and the machine to ourselves (6 % busy), and 1.5 to 1.9 with other work beside (15 to 50 % busy). The
takeover's lateness was under 1 ms in all of them.

${noiseSentences(results)
  .map((sentence) => `* ${sentence}`)
  .join("\n")}
`;
}

function cells(row: Row): readonly string[] {
  const { figure, ours, keepalived, target, unit } = row;
  const met = isMet(row);
  return [
    figure,
    `${shown(ours)} ${unit}`,
    keepalived === undefined ? "-" : `${shown(keepalived)} ${unit}`,
    // Of nothing at all there is no multiple.
    keepalived === undefined || keepalived === 0 ? "-" : shown(ours / keepalived),
    target === undefined ? "-" : `${target} ${unit}`,
    met === undefined ? "-" : met ? "yes" : "NO",
  ];
}

function stageTable({ start }: Results): string {
  if (start === undefined) return "Not measured.";
  const lines = start.stages.map(({ name, kind, milliseconds, anonymous, resident }) => {
    const what = kind === "import" ? `import ${name}` : name;
    return `| ${what} | ${shown(milliseconds)} | ${shown(anonymous)} | ${shown(resident)} |`;
  });
  const head = "| step | ms | MB of its own (heap, code) | MB resident, files included |\n|---|---|---|---|";
  return `${head}\n${lines.join("\n")}`;
}

function noiseSentences({ noise, takeover }: Results): readonly string[] {
  const sentences = Object.entries(noise).map(
    ([figure, { busy, load }]) =>
      `${figure}: ${shown(busy)} % of the machine busy (the benchmark included), load ${load.join(" to ")}`,
  );
  const stalls = spreadOf((takeover ?? []).map((each) => each.stall));
  if (stalls !== undefined) {
    sentences.push(
      `takeover: the observer's own 20 ms loop was late by ${shown(stalls.p50)} ms (median of the worst turn in each takeover), at worst ${shown(stalls.max)} ms`,
    );
  }
  return sentences;
}
