/**
 * Loaded before a program (`node --import`): SIGWINCH steps what the program takes for the wall clock by an hour, and
 * back again at the next one. The machine's clock stays as it is.
 */

const hour = 3_600_000;
const realDate = Date;
const realNow = Date.now.bind(Date);
let shift = 0;

Date.now = () => realNow() + shift;
globalThis.Date = new Proxy(realDate, {
  construct: (target, given: unknown[]) =>
    Reflect.construct(target, given.length === 0 ? [Date.now()] : given),
});
process.on("SIGWINCH", () => {
  shift = shift === 0 ? hour : 0;
});
