/** `understudy priority ROUTER N|--reset`: another priority than the file's, until a restart or --reset. */

import { exitCodes } from "./exit-codes.ts";
import { askOperator, complain, type OperatorFlags } from "./operator-command.ts";

export async function priorityCommand(
  router: string,
  text: string | undefined,
  flags: OperatorFlags & { readonly reset?: boolean | undefined },
): Promise<number> {
  if ((text === undefined) !== (flags.reset === true))
    return complain(flags, "priority takes a number or --reset, and not both", exitCodes.usage);
  const priority = text === undefined ? null : Number(text);
  if (text !== undefined && (!/^\d{1,3}$/u.test(text) || Number(text) < 1 || Number(text) > 254)) {
    const sentence = `a priority is a whole number from 1 to 254, not ${JSON.stringify(text)}; 255 is the owner's, which is the file's word`;
    return complain(flags, sentence, exitCodes.usage);
  }
  return askOperator({ command: "priority", router, priority }, flags);
}
