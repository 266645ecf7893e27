/** Values that hold where the file is silent, as keepalived 2.2.7 has them. */

export const defaults = {
  version: 2,
  /** RFC 9568 5.2.4. */
  priority: 100,
  /** Centiseconds: one second. */
  advertisementInterval: 100,
  checksum: { send: "rfc5798", receive: "either" },
  preempt: true,
  preemptDelay: 0,
  announcements: { repeat: 5, secondBurstDelay: 500 },
  answersLowerPriority: true,
  addressLease: true,
  acceptMode: true,
  /** RFC 9568 6.1: Active_Down_Interval. */
  downAdverts: 3,
} as const;
