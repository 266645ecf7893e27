/**
 * One interface that carries adverts: keeps the advert socket fitted to the interface as it is now. A socket is
 * bound to an interface index, so an interface that was made anew needs a new one.
 */

import { type AdvertDatagram, type AdvertSocket, openAdvertSocketIpv4 } from "./io/advert-socket-ipv4.ts";
import type { LinkMonitor } from "./io/link-monitor.ts";

export interface SegmentOptions {
  readonly name: string;
  readonly links: LinkMonitor;
  /** Virtual addresses are never the source of adverts. */
  readonly isVirtual: (address: string) => boolean;
  readonly onDatagram: (datagram: AdvertDatagram) => void;
  /** The socket is gone, or there again, without an event of the interface. */
  readonly onChange: () => void;
  readonly onNotice: (notice: string, detail: string) => void;
}

export interface Segment {
  readonly name: string;
  /** Where adverts leave from; undefined while the interface has no usable address. */
  source(): string | undefined;
  socket(): AdvertSocket | undefined;
  /** An interface whose advert socket cannot be opened counts as down: its routers hear nobody. */
  state(): "up" | "down" | "absent";
  /** Opens, moves or closes the socket after the interface or its addresses changed. */
  adjust(): void;
  close(): void;
}

/** How long a socket that could not be opened is left alone. */
const retryMilliseconds = 5_000;

export function createSegment(options: SegmentOptions): Segment {
  const { name, links } = options;
  let index: number | undefined;
  let source: string | undefined;
  let socket: AdvertSocket | undefined;
  let retry: NodeJS.Timeout | undefined;

  const drop = () => {
    socket?.close();
    socket = undefined;
  };
  const retryLater = () => {
    clearTimeout(retry);
    retry = setTimeout(() => {
      adjust();
      options.onChange();
    }, retryMilliseconds);
  };
  const open = (address: string) => {
    const opened = openAdvertSocketIpv4({
      interface: name,
      sourceAddress: address,
      onDatagram: options.onDatagram,
      onError: (error) => {
        socket = undefined;
        options.onNotice("advertSocket", error);
        retryLater();
        options.onChange();
      },
    });
    if (opened.ok) {
      socket = opened.value;
    } else {
      options.onNotice("advertSocket", opened.error);
      retryLater();
    }
  };
  const adjust = () => {
    const link = links.link(name);
    if (link?.index !== index) drop();
    index = link?.index;
    source = link === undefined ? undefined : links.primaryAddress(name, options.isVirtual);
    if (source === undefined) return;
    if (socket === undefined) return open(source);
    const moved = socket.setSourceAddress(source);
    if (!moved.ok) options.onNotice("advertSocket", moved.error);
  };

  return {
    name,
    source: () => source,
    socket: () => socket,
    state: () => {
      const link = links.link(name);
      if (link === undefined) return "absent";
      return source !== undefined && socket === undefined ? "down" : link.state;
    },
    adjust,
    close: () => {
      clearTimeout(retry);
      drop();
    },
  };
}
