/** Everything on the way to NATS that could grow or last, and where it stops. */

/** Records sent and not yet acknowledged. */
export const publishWindow = 256;

/** Records sent in one go while catching up: what else the process has to do gets its turn in between. */
export const catchUpBatch = 32;

/** Milliseconds until a record without an acknowledgement ends the connection. */
export const acknowledgeTimeout = 2000;

/**
 * Size of a node's stream, in bytes; the oldest records make room for new ones. The journal keeps its own. A server
 * reserves it, so that it has to fit into the store beside a copy of the peer's and what former stores left.
 */
export const streamBytes = 192 * 1024 * 1024;

/** How long a stream knows the ids it has stored: seven days, in milliseconds. */
export const duplicateWindow = 7 * 24 * 60 * 60 * 1000;

/** Milliseconds between two attempts while the server answers but refuses. */
export const refusedDelay = 1000;

/** Bytes that a record's headers and their framing may take beside its body. */
export const headerBytes = 4096;
