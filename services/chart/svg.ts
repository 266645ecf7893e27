/** The state chart as an SVG that stands alone: readable in light and dark, no script, nothing loaded from anywhere. */

import type { ChartModel } from "../../machines/chart.ts";
import { escapeXml } from "./formats.ts";
import { type Box, type Layout, lineHeight } from "./layout.ts";

const margin = 16;

/** `lit` is the state that the router is in now. */
export function chartAsSvg(model: ChartModel, layout: Layout, lit?: string): string {
  const [width, height] = [layout.width + 2 * margin, layout.height + 2 * margin];
  const title = `${model.id} ${model.version}${lit === undefined ? "" : `, now ${lit}`}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${style}</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
    '<rect class="page" width="100%" height="100%"/>',
    `<g transform="translate(${margin} ${margin})">`,
    ...layout.arrows.map(arrowOf),
    ...model.states.map(({ key, description }) => stateOf(key, description, layout.states[key], key === lit)),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

const style = [
  "svg{font-family:ui-sans-serif,system-ui,sans-serif;font-size:12px;color-scheme:light dark;",
  "--page:#fff;--ink:#1c2330;--soft:#5b6577;--line:#8a94a6;--box:#f3f6fb;--lit:#ffd54a;--edge:#7a5c00}",
  "@media(prefers-color-scheme:dark){svg{--page:#12161d;--ink:#e8edf5;--soft:#a3aec0;--line:#6b7688;--box:#1e2530;--lit:#6b5200;--edge:#ffd54a}}",
  ".page{fill:var(--page)}.state rect{fill:var(--box);stroke:var(--line);stroke-width:1.5}",
  ".state.lit rect{fill:var(--lit);stroke:var(--edge);stroke-width:3}",
  ".name{font-weight:600;font-size:15px;fill:var(--ink)}.about{fill:var(--soft)}",
  ".arrow path{fill:none;stroke:var(--line);stroke-width:1.4}.tip{fill:var(--line)}",
  ".arrow text{fill:var(--ink);font-size:11px}.arrow rect{fill:var(--page);opacity:.85}",
].join("");

function stateOf(key: string, description: string, box: Box | undefined, isLit: boolean): string {
  if (box === undefined) return "";
  const middle = box.x + box.width / 2;
  const lines = wrap(description, aboutLetters);
  const texts = [
    `<text class="name" text-anchor="middle" x="${round(middle)}" y="${round(box.y + 24)}">${escapeXml(key)}</text>`,
    ...lines.map(
      (line, index) =>
        `<text class="about" text-anchor="middle" x="${round(middle)}" y="${round(box.y + 44 + index * lineHeight)}">${escapeXml(line)}</text>`,
    ),
  ];
  const { x, y, width, height } = box;
  const rectangle = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="10"/>`;
  return `<g class="state${isLit ? " lit" : ""}" id="state-${escapeXml(key)}">${rectangle}${texts.join("")}</g>`;
}

function arrowOf({ from, to, labels, label, points }: Layout["arrows"][number]): string {
  const path = points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
  const { x, y, width, height } = label;
  const texts = labels.map(
    (text, index) =>
      `<text x="${round(x + 3)}" y="${round(y + 11 + index * lineHeight)}">${escapeXml(text)}</text>`,
  );
  const ground = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"/>`;
  return `<g class="arrow" data-from="${escapeXml(from)}" data-to="${escapeXml(to)}"><path d="${path}" marker-end="url(#tip)"/>${ground}${texts.join("")}</g>`;
}

/** Letters of a line of a state's description. */
export const aboutLetters = 34;

/** The words in lines of at most so many letters. */
export function wrap(text: string, letters: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
