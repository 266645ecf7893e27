/** `authentication`: RFC 2338 simple password or Authentication Header, VRRPv2 only. */

import { passwordOctets } from "../../../contracts/config/limits.ts";
import type { Authentication } from "../../../contracts/config/schema.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import { lowerBlock, type RuleTable, type Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";

interface AuthenticationDraft {
  readonly type: Token | undefined;
  readonly password: Token | undefined;
}

/** The authentication of a block, or undefined where an error was reported. */
export function lowerAuthentication(setting: Setting, context: LowerContext): Authentication | undefined {
  const start: AuthenticationDraft = { type: undefined, password: undefined };
  const { type, password } = lowerBlock("authentication", setting.block, authenticationRules, start, context);
  if (type === undefined && password === undefined) return { type: "none" };
  if (type !== undefined && type.text !== "PASS" && type.text !== "AH") {
    reportType(type, context);
    return undefined;
  }
  if (type === undefined || password === undefined) {
    context.report({
      severity: "error",
      code: "authentication-incomplete",
      message: `\`authentication\` needs both auth_type and auth_pass; ${type ? "auth_pass" : "auth_type"} is missing`,
      location: tokenLocation(setting.keyword),
      suggestion: "write `auth_type PASS` or AH and `auth_pass` with the password of the peers",
    });
    return undefined;
  }
  return { type: type.text === "AH" ? "header" : "pass", password: passwordOf(password, context) };
}

const authenticationRules: RuleTable<AuthenticationDraft> = new Map([
  ["auth_type", { minimum: 1, maximum: 1, apply: ({ value }) => ({ type: value }) }],
  ["auth_pass", { minimum: 1, maximum: 1, apply: ({ value }) => ({ password: value }) }],
]) satisfies RuleTable<AuthenticationDraft>;

function reportType(type: Token, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "unknown-authentication",
    message: `unknown authentication type \`${type.text}\``,
    location: tokenLocation(type),
    suggestion: "write `auth_type PASS` or `auth_type AH`, in capitals and the same on all nodes",
  });
}

/** The octets as they stand in the file, cut to 8. The message does not repeat the password. */
function passwordOf(password: Token, context: LowerContext): number[] {
  const octets = Buffer.from(password.text, password.source.encoding);
  if (octets.length > passwordOctets) {
    context.report({
      severity: "warning",
      code: "password-cut",
      message: `the password has ${octets.length} octets; only the first ${passwordOctets} are sent`,
      location: tokenLocation(password),
      keepalived: "Truncating auth_pass to 8 characters",
      suggestion: `use at most ${passwordOctets} characters`,
    });
  }
  return [...octets.subarray(0, passwordOctets)];
}
