import fs from "node:fs";
import { b } from "../machines/y.js";

console.log(b, typeof fs.readFileSync);
//# sourceMappingURL=z.js.map
