/** Lines, comments, words, braces, command lines: keepalived P1 to P4. */

import { describe, expect, test } from "vitest";
import { splitCommandLine } from "../../services/config/command-line.ts";
import { createDiagnosticSink, type Diagnostic } from "../../services/config/diagnostics.ts";
import { lexLine, tokenLocation } from "../../services/config/lexer.ts";
import { maximumLineOctets } from "../../services/config/limits.ts";
import { commentStart, decodeLines, meaningfulLines } from "../../services/config/source.ts";

function lex(input: string | Uint8Array) {
  const sink = createDiagnosticSink();
  const octets = typeof input === "string" ? Buffer.from(input) : input;
  const lines = [...meaningfulLines("f", decodeLines(octets), sink.report)];
  const tokens = lines.map((line) => lexLine(line, sink.report));
  return {
    lines,
    tokens,
    words: tokens.map((line) => line.map((token) => token.text)),
    diagnostics: sink.collect(),
  };
}

const codes = (diagnostics: readonly Diagnostic[]) => diagnostics.map((diagnostic) => diagnostic.code);

describe("comments (P2)", () => {
  test.each([
    ["priority 51 #high", [["priority", "51"]]],
    ["priority 51 !high", [["priority", "51"]]],
    ["advert_int 3#comment", [["advert_int", "3"]]],
    ["! whole line", []],
    ["  # 全局定义块 {", []],
    ['notify "/bin/echo #not !comment" # comment', [["notify", '"/bin/echo #not !comment"']]],
    ["router_id a\\#b\\!c # d", [["router_id", "a#b!c"]]],
    ["router_id 'a # b'", [["router_id", "'a"]]],
  ])("%s is read as %j", (text, words) => {
    expect(lex(text).words).toEqual(words);
  });

  test("a line without signs has no comment", () => {
    expect(commentStart("state MASTER")).toBe(12);
  });
});

describe("words and braces (P3, P4)", () => {
  test("braces outside quotes stand alone, inside quotes they do not", () => {
    expect(lex("track_script{chk}").words).toEqual([["track_script", "{", "chk", "}"]]);
    expect(lex('router_id "a { b }"').words).toEqual([["router_id", "a { b }"]]);
  });

  test("double quotes group words and single quotes do not", () => {
    expect(lex("auth_pass \"a b\" 'c d'").words).toEqual([["auth_pass", "a b", "'c", "d'"]]);
  });

  test("a name in $ and braces is one word, because its braces are not a block", () => {
    expect(lex("router_x \u0024{UNDEF}/24 {").words).toEqual([["router_x", "\u0024{UNDEF}/24", "{"]]);
  });

  test("a command line keeps its quotes, and braces in them are not a block", () => {
    expect(lex("notify_master '/bin/x {a}' # c").words).toEqual([["notify_master", "'/bin/x {a}'"]]);
    expect(lex('notify "/bin/x \\"{a}\\""').words).toEqual([["notify", '"/bin/x \\"{a}\\""']]);
    expect(lex("{ notify /bin/x }").words).toEqual([["{", "notify", "/bin/x", "}"]]);
  });

  test("a double quote without its end is an error and takes the rest of the line", () => {
    const { words, diagnostics } = lex('router_id "node A\nstate');
    expect(words).toEqual([["router_id", "node A"], ["state"]]);
    expect(codes(diagnostics)).toEqual(["unterminated-quote"]);
  });

  test("a token knows its file, line and column", () => {
    const { tokens } = lex("\n\n\tpriority 51");
    expect(tokens[0]?.map(tokenLocation)).toEqual([
      { file: "f", line: 3, column: 2 },
      { file: "f", line: 3, column: 11 },
    ]);
  });
});

describe("lines (P1)", () => {
  test("carriage returns, tabs and a missing final newline change nothing", () => {
    expect(lex("a\t{\r\n\tb  c\r\n}").words).toEqual([["a", "{"], ["b", "c"], ["}"]]);
  });

  test("a byte order mark is dropped", () => {
    expect(lex("\ufeffglobal_defs {").words).toEqual([["global_defs", "{"]]);
  });

  test("a GB2312 comment is skipped and the other lines stay UTF-8", () => {
    const comment = Uint8Array.of(0x23, 0xc8, 0xab, 0xbe, 0xd6, 0x0d, 0x0a);
    const { words, diagnostics } = lex(Buffer.concat([comment, Buffer.from("router_id 节点")]));
    expect(words).toEqual([["router_id", "节点"]]);
    expect(diagnostics).toEqual([]);
  });

  test("a line with a NUL is ignored with a warning", () => {
    const { words, diagnostics } = lex("a\npri\0ority 1\nb");
    expect(words).toEqual([["a"], ["b"]]);
    expect(diagnostics).toMatchObject([{ code: "nul-in-line", location: { line: 2, column: 4 } }]);
  });

  test("a line of 1024 octets is read and a longer one is ignored with a warning", () => {
    const longest = `a ${"x".repeat(maximumLineOctets - 2)}`;
    expect(lex(longest).words[0]).toHaveLength(2);
    const { words, diagnostics } = lex(`${longest}y\nb`);
    expect(words).toEqual([["b"]]);
    expect(codes(diagnostics)).toEqual(["line-too-long"]);
  });

  test("a long line that is only a comment needs no warning", () => {
    expect(lex(`# ${"全".repeat(2000)}`)).toMatchObject({ words: [], diagnostics: [] });
  });
});

describe("command lines (P3)", () => {
  test.each([
    ["/a/b.sh", ["/a/b.sh"]],
    ["/a 'b c' \"d e\"", ["/a", "b c", "d e"]],
    ["'a'b\"c\"", ["abc"]],
    ["a '' b", ["a", "", "b"]],
    ["a\\ b '\\n'", ["a b", "\\n"]],
    ["\\t\\x41\\101\\cA\\E", ["\tAA\u0001\u001b"]],
    ["  ", []],
  ])("%s has the words %j", (text, words) => {
    expect(splitCommandLine(text)).toEqual({ words });
  });

  test.each(["'", '"'] as const)("a %s without its end is named", (quote) => {
    expect(splitCommandLine(`/a ${quote}b`)).toEqual({ unterminated: quote });
  });
});
