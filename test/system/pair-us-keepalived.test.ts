/** Our daemon as the preferred router, Debian's keepalived as its peer. */

import { describePairing } from "../support/pair-scenario.ts";

describePairing(["understudy", "keepalived"]);
