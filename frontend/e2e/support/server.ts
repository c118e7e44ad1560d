import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { mkdtemp, mkdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CBIR } from "./paths";

const GUARD = fileURLToPath(new URL("guard.mjs", import.meta.url));
const START_MS = 60_000;
const ASK_MS = 100;

export interface Settings {
  /** Its `CBIR_*` variables, besides the folders of its own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders that may be indexed over HTTP. */
  readonly folders?: readonly string[];
  /** Fills the new data folder before the server starts. */
  readonly prepare?: (dataDir: string) => Promise<void>;
}

/** The environment of every process of these tests: nothing of the person's own settings or collections. */
export function environmentIn(home: string, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("CBIR_"));
  return {
    ...Object.fromEntries(own),
    HOME: home,
    XDG_CACHE_HOME: join(home, "cache"),
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_DATA_HOME: join(home, "share"),
    CBIR_DATA_DIR: join(home, "data"),
    CBIR_CACHE_DIR: join(home, "cache"),
    CBIR_OFFLINE: "1",
    ...more,
  };
}

/** A `cbir serve` on a free loopback port, with a data folder of its own. */
export class Server {
  private guard: ChildProcess | undefined;
  /** Of `cbir serve` itself. */
  private pid = 0;

  private constructor(
    readonly home: string,
    readonly port: number,
    private readonly settings: Settings,
  ) {}

  static async start(settings: Settings = {}): Promise<Server> {
    const home = await mkdtemp(join(tmpdir(), "cbir-e2e-"));
    const server = new Server(home, await freePort(), settings);
    try {
      await mkdir(server.dataDir, { recursive: true });
      await settings.prepare?.(server.dataDir);
      await server.serve();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get dataDir(): string {
    return join(this.home, "data");
  }

  get environment(): NodeJS.ProcessEnv {
    return environmentIn(this.home, this.settings.environment);
  }

  get logFile(): string {
    return join(this.home, "server.log");
  }

  /** Start it where it was before. Resolves when it is ready. */
  async serve(): Promise<void> {
    const command = [CBIR, "serve", "--port", String(this.port), ...(this.settings.folders ?? [])];
    const guard = spawn(process.execPath, [GUARD, this.logFile, ...command], {
      env: this.environment,
      cwd: this.home,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.guard = guard;
    guard.stdout.on("data", (pid: Buffer) => {
      this.pid = Number(pid.toString());
    });
    const deadline = Date.now() + START_MS;
    while (!(await this.answers())) {
      if (guard.exitCode !== null || Date.now() > deadline) {
        throw new Error(`cbir serve does not start:\n${await readFile(this.logFile, "utf8")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    }
  }

  private async answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/ready`)).ok;
    } catch {
      return false;
    }
  }

  /** End it as a service manager does. Its data stay, so that it can serve again. */
  async stop(): Promise<void> {
    const { guard } = this;
    if (!guard || guard.exitCode !== null) return;
    const ended = once(guard, "exit");
    if (this.pid > 0) process.kill(this.pid, "SIGTERM");
    guard.stdin?.end();
    await ended;
  }

  /** End it and delete what it had. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const socket = createServer();
  socket.listen(0, "127.0.0.1");
  await once(socket, "listening");
  const address = socket.address();
  socket.close();
  await once(socket, "close");
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  return address.port;
}
