import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { NginxRtmp } from "../../support/nginx.ts";
import { freePort, isListening } from "../../support/tcp-port.ts";

export type ServerName = "ours" | "nginx" | "nms";

/** A running server, in a process of its own. */
export interface BenchedServer {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Those that can be measured here, ours first, and why the others cannot. */
export interface Candidates {
  readonly servers: ReadonlyMap<ServerName, () => Promise<BenchedServer>>;
  readonly missing: readonly string[];
}

/** `nmsPath`: the folder where node-media-server was installed, or its package. */
export function candidates(nmsPath: string | undefined): Candidates {
  const servers = new Map<ServerName, () => Promise<BenchedServer>>([["ours", startOurs]]);
  const missing: string[] = [];
  if (NginxRtmp.isThere) servers.set("nginx", () => NginxRtmp.start());
  else missing.push("nginx: apt install nginx-light libnginx-mod-rtmp");
  const nms = nmsPath ? packageAt(nmsPath) : undefined;
  if (nms === undefined) {
    missing.push("node-media-server: npm install it anywhere, and name the folder with --nms");
  } else servers.set("nms", () => startNms(nms));
  return { servers, missing };
}

function packageAt(path: string): string | undefined {
  const inside = resolve(path, "node_modules/node-media-server");
  return [inside, resolve(path)].find((one) => existsSync(join(one, "src/server/rtmp_server.js")));
}

/** With the flags of this process, so that `node --cpu-prof` shows it. */
async function startOurs(): Promise<BenchedServer> {
  const entry = fileURLToPath(new URL("../../../bin/rtmfp.js", import.meta.url));
  const here = "127.0.0.1:0";
  const args = ["rendezvous", "--rtmfp", here, "--rtmp", here, "--http", here, "--json"];
  const child = spawn(process.execPath, [...process.execArgv, entry, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const { rtmp } = JSON.parse(String(line)) as { readonly rtmp?: readonly string[] };
  return running(child, Number(rtmp?.[0]?.split(":").at(-1)));
}

async function startNms(path: string): Promise<BenchedServer> {
  const port = await freePort();
  const code = `
    const { mkdtempSync } = require("node:fs");
    const dir = mkdtempSync(require("node:path").join(require("node:os").tmpdir(), "nms-"));
    const config = { bind: "127.0.0.1", rtmp: { port: ${port} }, auth: {}, store: { path: dir } };
    const Server = require(${JSON.stringify(path)});
    new Server(config).run();`;
  const child = spawn(process.execPath, ["-e", code], { stdio: "ignore" });
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error("node-media-server did not start");
    await sleep(20);
  }
  return running(child, port);
}

function running(child: ChildProcess, port: number): BenchedServer {
  return {
    port,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGINT");
      await exit;
    },
  };
}
