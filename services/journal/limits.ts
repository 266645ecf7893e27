/** Everything in the journal that could grow, and where it stops. */

/** Size at which a segment file is closed and the next one begins, in bytes. */
export const segmentBytes = 8 * 1024 * 1024;

/** Longest line of one record, in bytes. Below the payload limit of the message server, so that every record can travel. */
export const recordBytes = 56_000;

/** Records kept in memory while the disk refuses them; beyond it the newest is not written down, and counted as lost. */
export const unwrittenRecords = 10_000;

/** From a write to the start of its fdatasync, in milliseconds. With the call itself it stays within 50 ms. */
export const groupSyncDelay = 25;

/** Between two attempts to write what the disk refused, in milliseconds. */
export const retryDelay = 250;

/** Records written in one go when the disk accepts again: the rest waits, so that nothing else in the process does. */
export const retryBatch = 200;

/** Bytes read from a segment at once. */
export const readChunkBytes = 64 * 1024;
