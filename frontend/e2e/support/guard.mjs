/**
 * `node guard.mjs LOG COMMAND [ARGUMENT]…`: runs a command for as long as this process's standard input stays open.
 *
 * Whoever starts a server through it may end in any way, killed too: the pipe closes, and the server is stopped.
 * Prints the command's process id. Ctrl-C in a terminal reaches the command by itself.
 */
import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers";

const PATIENCE_MS = 10_000;
const [log, command, ...args] = process.argv.slice(2);
const output = openSync(log, "a");
const child = spawn(command, args, { stdio: ["ignore", output, output] });

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
child.on("spawn", () => process.stdout.write(`${child.pid}\n`));
child.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
child.on("exit", (code) => process.exit(code ?? 1));
process.stdin.resume();
process.stdin.on("close", () => {
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
});
