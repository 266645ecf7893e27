/** Rows of the parts, of many routers at once, of jitter and of packets by the thousand. */

import type { CrowdTakeover, Way } from "./crowd.ts";
import type { Jitter } from "./jitter.ts";
import type { Flood, ReceiveCost } from "./load.ts";
import { type Spread, spreadOf } from "./numbers.ts";
import type { Parts } from "./parts.ts";
import type { Make } from "./router.ts";
import { type Row, spreadRow, tailRow } from "./row.ts";

export function partsRows(parts: Parts): Row[] {
  const row = (figure: string, unit: string, ours: Spread, target?: number) =>
    spreadRow(figure, unit, ours, undefined, target);
  return [
    row("encode an advert (version 3, one address)", "us", parts.encode, 1),
    row("decode and validate it", "us", parts.validate, 2),
    row(
      "an advert through a backup router, timer re-armed (50,000 a second are 20 us)",
      "us",
      parts.router,
      20,
    ),
    row("the same, the XState actor alone", "us", parts.actor),
    row("10,000 routers in one process: memory they add (PSS)", "MB", parts.memoryGrowth, 100),
    row("the whole process with them", "MB", parts.memoryTotal),
  ];
}

export function receiveRows(costs: readonly ReceiveCost[]): Row[] {
  const of = (make: Make) =>
    spreadOf(costs.filter((each) => each.make === make).map(({ perAdvert }) => perAdvert));
  return rowIf("receive an advert: socket, ladder, machine, at 10,000 a second", "us", of, 25);
}

export function massRows(takeovers: readonly CrowdTakeover[]): Row[] {
  const row = (figure: string, size: number, how: Way, target: number) =>
    rowIf(
      figure,
      "ms",
      (make) =>
        spreadOf(
          takeovers
            .filter((each) => each.make === make && each.size === size && each.how === how)
            .map(({ late }) => Math.max(...late)),
        ),
      target,
    );
  return [
    ...row("250 routers die at once: the last address moved, behind the instant due", 250, "crash", 25),
    ...rowIf(
      "250 routers die at once: the last event, behind the last instant due (keepalived: FIFO)",
      "ms",
      (make) =>
        spreadOf(takeovers.filter((each) => each.make === make && each.size === 250).map(({ told }) => told)),
      60,
    ),
    ...row("1,000 routers die at once: the last address moved", 1000, "crash", 100),
    ...row(
      "1,000 routers stop cleanly: the last address moved, behind SIGTERM + Skew_Time",
      1000,
      "stop",
      100,
    ),
  ];
}

export function jitterRows(jitters: readonly Jitter[]): Row[] {
  const quietFirst = [...jitters].sort((left, right) => left.hogs - right.hogs);
  const cases = new Map(quietFirst.map(({ interval, hogs }) => [`${interval} ${hogs}`, { interval, hogs }]));
  return [...cases.values()].flatMap(({ interval, hogs }) => {
    const of = (make: Make) =>
      jitters.find((each) => each.make === make && each.interval === interval && each.hogs === hogs)
        ?.deviation;
    const name = `advert jitter at ${interval * 1000} ms${hogs === 0 ? "" : `, beside ${hogs} busy programs`}`;
    return [...rowIf(name, "ms", of), ...rowIf(`the same, p99`, "ms", of, undefined, tailRow)];
  });
}

export function floodRows(floods: readonly Flood[]): Row[] {
  const row = (figure: string, unit: string, value: (flood: Flood) => number, target: number | undefined) =>
    rowIf(figure, unit, (make) => spreadOf(floods.filter((each) => each.make === make).map(value)), target);
  return [
    ...row(
      "50,000 bad packets a second: an advert of our own delayed at worst",
      "ms",
      (each) => each.delay,
      10,
    ),
    ...row("the same without the flood", "ms", (each) => each.quietDelay, undefined),
    ...row("memory that the flood adds (PSS)", "MB", (each) => each.growth, 20),
    ...row("log lines of the flood", "lines", (each) => each.logLines, 20),
    ...row("bad packets that were not read, of 500,000", "packets", (each) => each.dropped, undefined),
  ];
}

function rowIf(
  figure: string,
  unit: string,
  of: (make: Make) => Spread | undefined,
  target?: number,
  make = spreadRow,
): Row[] {
  const ours = of("understudy");
  return ours === undefined ? [] : [make(figure, unit, ours, of("keepalived"), target)];
}
