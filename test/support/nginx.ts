import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, isListening } from "./tcp-port.ts";

/** nginx with its RTMP module, as Debian has it: one worker, application "live". */
export class NginxRtmp {
  readonly port: number;
  /** Process ID of the worker, which does all the work. */
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, port: number, directory: string) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.port = port;
    this.#directory = directory;
  }

  /** Is it installed here? */
  static get isThere(): boolean {
    return PROGRAM !== undefined && MODULE !== undefined;
  }

  /** `application`: more directives for application "live". Rejects if nginx does not start. */
  static async start(application = "", port = 0): Promise<NginxRtmp> {
    if (PROGRAM === undefined || MODULE === undefined) throw new Error("no nginx with RTMP here");
    const own = port === 0 ? await freePort() : port;
    const directory = mkdtempSync(join(tmpdir(), "rtmfp-nginx-"));
    mkdirSync(join(directory, "logs"));
    const file = join(directory, "nginx.conf");
    writeFileSync(file, configuration(own, application));
    const child = spawn(PROGRAM, ["-p", directory, "-c", file, "-e", join(directory, "error.log")]);
    let said = "";
    child.stderr.on("data", (bytes) => {
      said += String(bytes);
    });
    const nginx = new NginxRtmp(child, own, directory);
    while (!(await isListening(own))) {
      if (child.exitCode === null) await sleep(20);
      else {
        await nginx.stop();
        throw new Error(`nginx ended: ${said}`);
      }
    }
    return nginx;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await exit;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** One process, which neither forks nor changes its user. */
function configuration(port: number, application: string): string {
  return `load_module ${MODULE};
daemon off;
master_process off;
pid nginx.pid;
events { worker_connections 1024; }
rtmp {
  server {
    listen 127.0.0.1:${port};
    chunk_size 65536;
    application live {
      live on;
      ${application}
    }
  }
}
`;
}

function found(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path));
}

const PROGRAM = found(["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"]);
const MODULE = found(["/usr/lib/nginx/modules/ngx_rtmp_module.so"]);
