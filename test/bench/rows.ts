/** From measurements to the rows of the table: figure, ours, keepalived's, ratio, target, met or not. */

import type { FigureName } from "./arguments.ts";
import type { CrowdTakeover } from "./crowd.ts";
import type { HistoryFigures } from "./history.ts";
import { historyRows } from "./history-rows.ts";
import type { Inspecting } from "./inspecting.ts";
import { inspectorRows } from "./inspector-rows.ts";
import type { Jitter } from "./jitter.ts";
import type { Flood, ReceiveCost } from "./load.ts";
import { floodRows, jitterRows, massRows, partsRows, receiveRows } from "./load-rows.ts";
import type { Noise } from "./machine.ts";
import { spreadOf } from "./numbers.ts";
import type { Parts } from "./parts.ts";
import type { Reading } from "./reading.ts";
import { readingRows } from "./reading-rows.ts";
import { type ReloadFigures, reloadRows } from "./reload.ts";
import { type Row, spreadRow, tailRow } from "./row.ts";
import { type ScriptFigures, scriptRows } from "./scripts.ts";
import type { StartFigures } from "./start.ts";
import type { SteadyFigures } from "./steady.ts";
import type { Channel, Takeover } from "./takeover.ts";

export interface Results {
  readonly start?: StartFigures;
  readonly takeover?: readonly Takeover[];
  readonly steady?: SteadyFigures;
  readonly mass?: readonly CrowdTakeover[];
  readonly parts?: Parts;
  readonly reading?: readonly Reading[];
  readonly history?: readonly HistoryFigures[];
  readonly receive?: readonly ReceiveCost[];
  readonly jitter?: readonly Jitter[];
  readonly flood?: readonly Flood[];
  readonly reload?: ReloadFigures;
  readonly scripts?: ScriptFigures;
  readonly inspector?: readonly Inspecting[];
  readonly noise: Partial<Record<FigureName, Noise>>;
}

export function rowsOf(results: Results): readonly Row[] {
  const rows = <T>(found: T | undefined, of: (value: T) => readonly Row[]) =>
    found === undefined ? [] : of(found);
  return [
    ...rows(results.start, startRows),
    ...rows(results.takeover, takeoverRows),
    ...rows(results.mass, massRows),
    ...rows(results.jitter, jitterRows),
    ...rows(results.parts, partsRows),
    ...rows(results.reading, readingRows),
    ...rows(results.history, historyRows),
    ...rows(results.receive, receiveRows),
    ...rows(results.flood, floodRows),
    ...rows(results.reload, reloadRows),
    ...rows(results.scripts, scriptRows),
    ...rows(results.inspector, inspectorRows),
    ...rows(results.steady, steadyRows),
  ];
}

function startRows({ understudy, keepalived }: StartFigures): Row[] {
  const figure = "start to first state";
  return [spreadRow(figure, "ms", understudy, keepalived, 1000)];
}

function takeoverRows(takeovers: readonly Takeover[]): Row[] {
  const late = (make: Takeover["make"]) =>
    spreadOf(takeovers.filter((each) => each.make === make).map((each) => each.late));
  const told = (channel: Channel) =>
    spreadOf(takeovers.filter((each) => each.channel === channel).map((each) => each.told));
  const [ours, nats] = [late("understudy"), told("NATS subscriber")];
  if (ours === undefined || nats === undefined) return [];
  return [
    spreadRow("takeover, behind the instant due", "ms", ours, late("keepalived"), 0.5),
    tailRow("the same, p99", "ms", ours, late("keepalived"), 2),
    withinTarget(
      spreadRow("first advert to NATS subscriber (keepalived: FIFO)", "ms", nats, told("FIFO reader"), 1.5),
      takeovers.flatMap((each) => (each.make === "understudy" ? [each.told] : [])),
    ),
    spreadRow("the same (keepalived: notify script)", "ms", nats, told("notify script"), undefined),
  ];
}

/** A median near its target says little alone. */
function withinTarget(row: Row, samples: readonly number[]): Row {
  const { target = Number.POSITIVE_INFINITY } = row;
  const within = samples.filter((sample) => sample <= target).length;
  return { ...row, detail: `${row.detail}; ${within} of our ${samples.length} within the target` };
}

function steadyRows({ understudy, keepalived, natsServer }: SteadyFigures): Row[] {
  const row = (figure: string, unit: string, ours: number, theirs: number | undefined, target?: number) => ({
    ...{ figure, unit, ours, keepalived: theirs, target },
    detail: "",
  });
  return [
    row("memory of the active daemon (PSS)", "MB", understudy.memory.pss, keepalived.memory.pss, 85),
    row("memory of its nats-server (PSS)", "MB", natsServer.memory.pss, undefined),
    row("processor, active, advert_int 1", "%", understudy.activeShare, keepalived.activeShare),
    row("processor, backup, advert_int 1", "%", understudy.backupShare, keepalived.backupShare),
    row("processor, nats-server of the active", "%", natsServer.activeShare, undefined),
    row("processor, nats-server of the backup", "%", natsServer.backupShare, undefined),
  ];
}
