/** The command line of a script keyword -> its words (keepalived P3): shell-like quotes and escapes, no shell. */

/** Words, or why there are none. */
export type CommandLine =
  | { readonly words: readonly string[]; readonly unterminated?: undefined }
  | { readonly unterminated: "'" | '"' };

/**
 * Splits at white space outside quotes. `'…'` is literal; in `"…"` and outside of quotes a backslash gives
 * `\a \b \E \f \n \r \t \v \nnn \xXX \cC` or the character behind it.
 */
export function splitCommandLine(text: string): CommandLine {
  const words: string[] = [];
  let word: string | undefined;
  let quote: "'" | '"' | "" = "";
  let index = 0;
  while (index < text.length) {
    const character = text[index] ?? "";
    if (character === "\\" && quote !== "'") {
      const escaped = readEscape(text, index + 1);
      word = (word ?? "") + escaped.text;
      index = escaped.end;
      continue;
    }
    index += 1;
    if (quote !== "") {
      if (character === quote) quote = "";
      else word = (word ?? "") + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (/\s/u.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") return { unterminated: quote };
  return { words: word === undefined ? words : [...words, word] };
}

const namedEscapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  E: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The character that the escape after a backslash stands for; `start` is the index behind the backslash. */
function readEscape(text: string, start: number): { readonly text: string; readonly end: number } {
  const rest = text.slice(start, start + 4);
  const octal = /^[0-7]{1,3}/u.exec(rest)?.[0];
  if (octal !== undefined) {
    return { text: String.fromCharCode(Number.parseInt(octal, 8) & 0xff), end: start + octal.length };
  }
  const hexadecimal = /^x([0-9a-fA-F]{1,2})/u.exec(rest)?.[1];
  if (hexadecimal !== undefined) {
    return {
      text: String.fromCharCode(Number.parseInt(hexadecimal, 16)),
      end: start + 1 + hexadecimal.length,
    };
  }
  const control = /^c([@-_a-z])/u.exec(rest)?.[1];
  if (control !== undefined)
    return { text: String.fromCharCode(control.charCodeAt(0) & 0x1f), end: start + 2 };
  const character = rest[0] ?? "\\";
  const named = Object.hasOwn(namedEscapes, character) ? namedEscapes[character] : undefined;
  return { text: named ?? character, end: start + 1 };
}
