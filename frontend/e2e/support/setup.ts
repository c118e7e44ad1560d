import { rm } from "node:fs/promises";
import type { TestProject } from "vitest/node";
import { copyDemo, prepareDemo, type Demo } from "./demo";
import { FAILURES } from "./paths";
import { Server } from "./server";

declare module "vitest" {
  interface ProvidedContext {
    demo: Demo;
    /** The server that most tests share: nothing of its demo collection is changed by any of them. */
    shared: { readonly url: string; readonly logFile: string; readonly home: string };
  }
}

/** One server with the demo gallery for all test files; what it returns stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await rm(FAILURES, { recursive: true, force: true });
  const demo = await prepareDemo();
  const server = await Server.start({
    environment: { CBIR_WEIGHTS_DIR: demo.weightsDir },
    prepare: (dataDir) => copyDemo(demo, dataDir),
  });
  project.provide("demo", demo);
  project.provide("shared", { url: server.url, logFile: server.logFile, home: server.home });
  return () => server.remove();
}
