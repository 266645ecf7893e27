/** The part of `raw-socket` 1.8.1 that is used here; the package brings no types of its own. */

declare module "raw-socket" {
  import type { EventEmitter } from "node:events";

  export const AddressFamily: { readonly IPv4: 1; readonly IPv6: 2 };

  export interface SocketOptions {
    readonly protocol: number;
    readonly addressFamily?: 1 | 2;
    /** Octets kept of one packet. */
    readonly bufferSize?: number;
  }

  export interface Socket extends EventEmitter {
    /** The native half. Its `send` calls sendto(2) at once and throws an Error whose message is strerror's text. */
    readonly wrap: {
      send(
        buffer: Buffer,
        offset: number,
        length: number,
        address: string,
        callback: (bytes: number) => void,
      ): void;
    };
    setOption(level: number, option: number, value: number): void;
    setOption(level: number, option: number, value: Buffer, length: number): void;
    /** Stops reading. */
    pauseRecv(): this;
    close(): this;
  }

  export function createSocket(options: SocketOptions): Socket;
}
