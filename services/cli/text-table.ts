/** Tables for people, in columns by blanks alone, so that they can be cut and pasted, and instants in them. */

import Table from "cli-table3";

/** A head line and the rows under it; a cell may have several lines. Without a line feed at the end. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    chars: plainBorders,
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

const plainBorders = Object.fromEntries(
  ["top", "bottom", "left", "right", "mid", "left-mid", "right-mid", "mid-mid"]
    .flatMap((name) =>
      name === "top" || name === "bottom" ? [name, `${name}-mid`, `${name}-left`, `${name}-right`] : [name],
    )
    .map((name) => [name, ""])
    .concat([["middle", "  "]]),
);

/** "11-22 16:50:01" in local time. */
export function localTime(rfc3339: string): string {
  const at = new Date(rfc3339);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${at.toTimeString().slice(0, 8)}`;
}
