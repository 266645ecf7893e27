/** The reference: two of Debian's keepalived must pass the same story. */

import { describePairing } from "../support/pair-scenario.ts";

describePairing(["keepalived", "keepalived"]);
