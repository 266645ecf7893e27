/**
 * keepalived's preprocessor: include, definitions, conditions, sequences. The stage between lines and tokens; today
 * it recognises every directive and refuses it, so that no line is read with the wrong meaning.
 */

import type { Report } from "./diagnostics.ts";
import { includeKeywords } from "./keywords.ts";
import type { SourceLine } from "./source.ts";

/** The lines without directives. Each directive is reported as an error and left out. */
export function* refuseDirectives(lines: Iterable<SourceLine>, report: Report): Generator<SourceLine> {
  let macro = false;
  for (const line of lines) {
    const text = line.text.trim();
    const continued = text.endsWith("\\");
    if (macro) {
      macro = continued;
      continue;
    }
    const directive = recognise(text);
    if (directive === undefined) {
      reportReferences(line, report);
      yield line;
      continue;
    }
    macro = directive.name === "definition" && continued;
    const column = line.text.length - line.text.trimStart().length + 1;
    report({
      severity: "error",
      code: `${directive.name}-unsupported`,
      message: `${directive.what} not supported yet; running without would ${directive.consequence}`,
      location: { file: line.file, line: line.line, column },
      suggestion: directive.suggestion,
    });
  }
}

interface Directive {
  readonly name: "include" | "definition" | "condition" | "sequence";
  readonly what: string;
  readonly consequence: string;
  readonly suggestion: string;
}

function recognise(text: string): Directive | undefined {
  if (!/^[i$@~]/u.test(text)) return undefined;
  const word = /^\S+/u.exec(text)?.[0] ?? "";
  if (includeKeywords.includes(word)) {
    return {
      name: "include",
      what: `\`${word}\` is`,
      consequence: "leave out everything in the included files",
      suggestion: "copy the content of the included files into this one",
    };
  }
  if (/^\$\w+\s*=/u.test(text)) {
    return {
      name: "definition",
      what: "definitions (`$NAME=value`) are",
      consequence: "leave the name in its place",
      suggestion: "write the value where the name is used",
    };
  }
  if (/^@\^?\S/u.test(text)) {
    return {
      name: "condition",
      what: `conditional lines (\`${word} …\`) are`,
      consequence: "read or skip the line on the wrong node",
      suggestion: "keep one file for each node, with only its own lines",
    };
  }
  if (/^~(SEQx?|LST)\s*\(/u.test(text)) {
    return {
      name: "sequence",
      what: "sequences (`~SEQ`, `~LST`) are",
      consequence: "leave out the lines that it stands for",
      suggestion: "write the lines out",
    };
  }
  return undefined;
}

/** Names that keepalived fills in by itself. */
const builtIn = /\$\{(_PWD|_INSTANCE|_RANDOM|_ENV|_HASH|_BANG)\b[^}]*\}/u;

function reportReferences(line: SourceLine, report: Report): void {
  if (!line.text.includes("$")) return;
  const known = builtIn.exec(line.text);
  if (known !== null) {
    report({
      severity: "error",
      code: "definition-unsupported",
      message: `\`${known[0]}\` is not supported yet; running without would leave the name in its place`,
      location: { file: line.file, line: line.line, column: known.index + 1 },
    });
    return;
  }
  // Inside double quotes an undefined name is harmless, as in keepalived (P8): blank them out, keep the columns.
  const bare = line.text.replace(/"[^"]*("|$)/gu, (quoted) => " ".repeat(quoted.length));
  const reference = /\$\{[^}]*\}?/u.exec(bare);
  if (reference === null) return;
  report({
    severity: "warning",
    code: "undefined-name",
    message: `\`${reference[0]}\` is not defined and is read as it stands`,
    location: { file: line.file, line: line.line, column: reference.index + 1 },
    keepalived: "takes its braces for a block, which loses the lines that follow",
  });
}
