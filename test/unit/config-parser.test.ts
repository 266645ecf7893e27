/** The statement tree: where braces may stand (keepalived P4), and what is said about wrong ones (P16). */

import { describe, expect, test } from "vitest";
import { createDiagnosticSink } from "../../services/config/diagnostics.ts";
import { maximumNesting, maximumStatements } from "../../services/config/limits.ts";
import { parse, type Statement } from "../../services/config/parser.ts";
import { decodeLines, meaningfulLines } from "../../services/config/source.ts";

type Shape = readonly (string | readonly [string, Shape])[];

function shape(statements: readonly Statement[]): Shape {
  return statements.map(({ words, block }) => {
    const text = words.map((word) => word.text).join(" ");
    return block === undefined ? text : [text, shape(block)];
  });
}

function read(text: string) {
  const sink = createDiagnosticSink();
  const tree = parse(meaningfulLines("f", decodeLines(Buffer.from(text)), sink.report), sink);
  return { tree: shape(tree), diagnostics: sink.collect() };
}

describe("accepted places of braces", () => {
  test.each([
    ["at the end of the keyword's line", "a b {\n c\n}\nd"],
    ["on the next line", "a b\n{\n c\n}\nd"],
    ["in one line", "a b { c }\nd"],
    ["with the first setting behind it", "a b { c\n}\nd"],
    ["without white space", "a b{c}d"],
    ["after an empty line and a comment", "a b\n\n# x\n{\nc\n}\nd"],
  ])("%s", (_name, text) => {
    expect(read(text)).toEqual({ tree: [["a b", ["c"]], "d"], diagnostics: [] });
  });

  test("an empty block is a block", () => {
    expect(read("a {\n}").tree).toEqual([["a", []]]);
  });
});

describe("wrong braces", () => {
  test("an extra } is an error with keepalived's words, and reading goes on", () => {
    const { tree, diagnostics } = read("a {\n}\n}\nb");
    expect(tree).toEqual([["a", []], "b"]);
    expect(diagnostics).toMatchObject([
      {
        severity: "error",
        code: "extra-brace",
        location: { line: 3, column: 1 },
        keepalived: "Extra '}' found; it goes on",
      },
    ]);
  });

  test("a missing } is an error at the brace that stays open", () => {
    const { tree, diagnostics } = read("a {\n b {\n c\n");
    expect(tree).toEqual([["a", [["b", ["c"]]]]]);
    expect(diagnostics).toMatchObject([
      { code: "missing-brace", message: "the block `b` is not closed", location: { line: 2, column: 4 } },
    ]);
    expect(diagnostics[0]?.keepalived).toContain("There are 2 missing '}'s or extra '{'s");
  });

  test("a { without a keyword is an error and its content is skipped", () => {
    const { tree, diagnostics } = read("{\n a\n}\nb { c } { d }");
    expect(tree).toEqual([["b", ["c"]]]);
    expect(diagnostics.map((each) => each.code)).toEqual(["unexpected-brace", "unexpected-brace"]);
  });
});

describe("limits", () => {
  const nested = (depth: number) => `${"a {\n".repeat(depth)}${"}\n".repeat(depth)}`;

  test("the deepest nesting is read, one more is an error", () => {
    expect(read(nested(maximumNesting)).diagnostics).toEqual([]);
    expect(read(nested(maximumNesting + 1)).diagnostics.map((each) => each.code)).toEqual([
      "nesting-too-deep",
    ]);
  });

  test("1,000 nested braces are one error", () => {
    expect(read(nested(1000)).diagnostics.map((each) => each.code)).toEqual(["nesting-too-deep"]);
    expect(read("a {".repeat(300)).diagnostics.map((each) => each.code)).toEqual(["nesting-too-deep"]);
  });

  test("reading stops at the limit of statements with one error", () => {
    const { tree, diagnostics } = read("a\n".repeat(maximumStatements + 10));
    expect(tree).toHaveLength(maximumStatements);
    expect(diagnostics.map((each) => each.code)).toEqual(["too-many-statements"]);
  });
});
