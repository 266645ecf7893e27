/** Two of our daemons against each other. */

import { describePairing } from "../support/pair-scenario.ts";

describePairing(["understudy", "understudy"]);
