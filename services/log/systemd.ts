/** Tells systemd about the daemon's state (sd_notify(3), Type=notify); does nothing where systemd does not ask. */

import { openRawSocket } from "../io/native.ts";

const afUnix = 1;
const sockDgram = 2;

export function notifySystemd(
  state: "READY=1" | "STOPPING=1" | `RELOADING=1\nMONOTONIC_USEC=${number}`,
): void {
  const path = process.env["NOTIFY_SOCKET"];
  if (path === undefined || path === "") return;
  const socket = openRawSocket(afUnix, sockDgram, 0);
  if (!socket.ok) return;
  socket.value.send(Buffer.from(state), unixAddress(path));
  socket.value.close();
}

/** struct sockaddr_un; a leading @ stands for the NUL of an abstract name. */
export function unixAddress(path: string): Buffer {
  const name = Buffer.from(path);
  if (path.startsWith("@")) name[0] = 0;
  const family = Buffer.alloc(2);
  new Uint16Array(family.buffer, family.byteOffset, 1)[0] = afUnix;
  return Buffer.concat([family, name]);
}
