/** The version of this build, for status and --version. */

export const version = "0.1.0";
