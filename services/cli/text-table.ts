/** Tables for people, in columns by blanks alone, so that they can be cut and pasted. */

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
