/** What reading a configuration may cost: every bound has a name here and a test. */

/**
 * Octets of one file. The largest sensible configuration, 1,020 routers of 255 addresses each, needs about 8 MB.
 */
export const maximumFileOctets = 16 * 1024 * 1024;

/** Octets of one line; keepalived ignores a longer one. */
export const maximumLineOctets = 1024;

/** Blocks inside blocks. keepalived's deepest (a url inside a checker of a real server) needs five. */
export const maximumNesting = 32;

/** Statements in one configuration: room for 1,020 routers of 255 addresses and their settings. */
export const maximumStatements = 320_000;

/** Lines that sequences make, which cost more than those of a file: room for 255 routers of 255 addresses. */
export const maximumRepeatedLines = 65_536;

/** Diagnostics kept of one severity; the rest are counted. */
export const maximumDiagnostics = 200;

/** Files inside files, and macros inside macros. */
export const maximumInclusion = 32;

/** Files of one configuration. */
export const maximumFiles = 1000;

/** Names replaced in one line, and octets it may grow to by that. */
export const maximumExpansions = 1000;
export const maximumExpandedOctets = 65_536;

/** Octets of one understudy.yaml, and its words: reading YAML costs more than reading keepalived's language. */
export const maximumNativeOctets = 4 * 1024 * 1024;
export const maximumNativeTokens = 1_000_000;
