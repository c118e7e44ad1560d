import { once } from "node:events";
import { connect, createServer, type Server as Listener, type Socket } from "node:net";

/** A line to a server that can break. Browsers that use it take it for the server. */
export class Line {
  private readonly open = new Set<Socket>();
  private broken = false;
  /** After so many bytes of one connection, it breaks by itself, once. */
  private breakAfter = Infinity;

  private constructor(
    private readonly listener: Listener,
    readonly url: string,
    readonly logFile: string,
  ) {}

  static async to(server: { readonly port: number; readonly logFile: string }): Promise<Line> {
    const listener = createServer();
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    const address = listener.address();
    if (address === null || typeof address === "string") throw new Error("There is no free port.");
    const line = new Line(listener, `http://127.0.0.1:${address.port}`, server.logFile);
    listener.on("connection", (near) => {
      line.join(near, server.port);
    });
    return line;
  }

  private join(near: Socket, port: number): void {
    near.on("error", () => undefined);
    if (this.broken) {
      near.destroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    far.on("error", () => near.destroy());
    let sent = 0;
    near.on("data", (bytes) => {
      sent += bytes.length;
      if (sent > this.breakAfter) this.cut();
    });
    near.pipe(far);
    far.pipe(near);
    for (const socket of [near, far]) {
      this.open.add(socket);
      socket.on("close", () => {
        this.open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
  }

  /** Break in the middle of the next large request. */
  cutAfter(bytes: number): void {
    this.breakAfter = bytes;
  }

  cut(): void {
    this.broken = true;
    this.breakAfter = Infinity;
    for (const socket of this.open) socket.destroy();
  }

  get isCut(): boolean {
    return this.broken;
  }

  mend(): void {
    this.broken = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.listener.close();
    await once(this.listener, "close");
  }
}
