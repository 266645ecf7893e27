/** Debian's keepalived as the preferred router, our daemon as its peer. */

import { describePairing } from "../support/pair-scenario.ts";

describePairing(["keepalived", "understudy"]);
