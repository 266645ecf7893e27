/** What `handover`, `maintenance` and `priority` have in common: who asks, and what is said of the answer. */

import { readlinkSync } from "node:fs";
import { userInfo } from "node:os";
import {
  type Asker,
  commandAnswerSchema,
  longestReason,
  reasonSchema,
} from "../../contracts/events/commands.ts";
import { askDaemon } from "../control/client.ts";
import { type ControlRequest, controlSocketPath, noPermission } from "../control/protocol.ts";
import { exitCodes } from "./exit-codes.ts";
import { dataDirectoryOf, type Flags } from "./settings.ts";

export interface OperatorFlags extends Flags {
  readonly reason?: string | undefined;
  readonly json?: boolean | undefined;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

type WithoutAsker<Each> = Each extends { readonly by: Asker } ? Omit<Each, "by" | "reason"> : never;

/**
 * 0 where the command was accepted, 1 where it was refused, 2 where there is no such router or it cannot be asked for in
 * these words, 3 where the socket is not ours to use, 4 where no daemon answers.
 */
export async function askOperator(
  request: WithoutAsker<ControlRequest>,
  flags: OperatorFlags,
): Promise<number> {
  const { stdout, stderr, json = false } = flags;
  const reason = flags.reason ?? null;
  if (!reasonSchema.nullable().safeParse(reason).success)
    return complain(flags, `--reason is one line of at most ${longestReason} characters`, exitCodes.usage);
  const path = controlSocketPath(dataDirectoryOf(flags));
  const answer = await askDaemon(path, { ...request, by: asker(), reason });
  if (!answer.ok) {
    const code = answer.error.startsWith(noPermission) ? exitCodes.privilege : exitCodes.daemon;
    return complain(flags, answer.error, code);
  }
  const told = commandAnswerSchema.parse(answer.value);
  if (json) stdout(`${JSON.stringify(told, undefined, 2)}\n`);
  else if (told.outcome === "accepted") stdout(`${told.sentence}\n`);
  else stderr(`understudy: refused: ${told.sentence}\n`);
  if (told.outcome === "accepted") return exitCodes.ok;
  return told.refusal === "unknownRouter" ? exitCodes.usage : exitCodes.attention;
}

export function complain({ stderr }: Pick<OperatorFlags, "stderr">, sentence: string, code: number): number {
  stderr(`understudy: ${sentence}\n`);
  return code;
}

function asker(): Asker {
  const { uid, username } = userInfo();
  const { SUDO_USER: sudoUser } = process.env;
  const terminal = terminalOf();
  return {
    ...{ user: username, uid, pid: process.pid },
    ...(sudoUser === undefined ? {} : { sudoUser: sudoUser.slice(0, 255) }),
    ...(terminal === undefined ? {} : { terminal }),
  };
}

function terminalOf(): string | undefined {
  try {
    return process.stdin.isTTY ? readlinkSync("/proc/self/fd/0") : undefined;
  } catch {
    return undefined;
  }
}
