/** A program that keeps one processor busy until it is killed. */

const [, program = ""] = process.argv;
if (/hog\.[jt]s$/u.test(program)) for (;;);
