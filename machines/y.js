import { a } from "../contracts/x.js";
export const b = a;
//# sourceMappingURL=y.js.map
