import type { Mapping, RouterAnswer } from "../../peer/traversal/port-mapping/mapping.ts";
import { PortMapping, type RouterAccess } from "../../peer/traversal/port-mapping/port-mapping.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Io } from "../../protocol/io.ts";
import { Lab } from "../lab/index.ts";
import { FakeRouter, type FakeRouterOptions } from "./fake-router.ts";

/** A program at 192.168.1.2 and its router at 192.168.1.1, in a lab. */
export class RouterLab {
  readonly lab: Lab;
  readonly router: FakeRouter;
  readonly io: Io;
  readonly mapping: PortMapping;
  /** What was told: mappings as `protocol ip:port`, "lost", or "none". */
  readonly told: string[] = [];
  readonly fetched: string[] = [];

  #onTold: () => void = () => undefined;

  private constructor(lab: Lab, router: FakeRouter, io: Io) {
    this.lab = lab;
    this.router = router;
    this.io = io;
    const access: RouterAccess = {
      find: async () => ({ ip: ROUTER, localIp: PROGRAM }),
      fetchText: (url, { headers, body }) => this.#fetch(url, headers.SOAPAction ?? "", body),
    };
    this.mapping = new PortMapping(
      { io, router: access },
      {
        internalPort: 1_935,
        onChange: (changed) => {
          this.told.push(describe(changed));
          this.#onTold();
        },
        onNone: () => this.told.push("none"),
      },
    );
  }

  static async start(seed: number, options: FakeRouterOptions, loss = 0): Promise<RouterLab> {
    const lab = new Lab({ seed, conditions: { delayMs: 2, loss } });
    const { io } = lab.host(ROUTER, { also: [GROUP] });
    const router = new FakeRouter(ROUTER, () => lab.now, options);
    const control = { ip: ROUTER, port: 5_351 };
    await router.listen(io, control, { ip: GROUP, port: 1_900 }, 5_000);
    return new RouterLab(lab, router, lab.host(PROGRAM).io);
  }

  /** Does something from within the handler of the next change. */
  whenTold(act: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onTold = () => {
        this.#onTold = () => undefined;
        act().then(resolve, reject);
      };
    });
  }

  async close(): Promise<void> {
    await this.lab.complete(this.mapping.close(), 2_000);
  }

  #fetch(url: string, action: string, body: string): Promise<RouterAnswer> {
    this.fetched.push(url);
    return new Promise((resolve, reject) => {
      const alarm = this.io.alarm(() => {
        const answer = this.router.http(new URL(url).pathname, action, body);
        if (answer) resolve(answer);
        else reject(new RtmfpError("UNREACHABLE", "nobody there"));
      });
      alarm.set(this.lab.now + HTTP_MS);
    });
  }
}

function describe(mapping: Mapping | undefined): string {
  if (!mapping) return "lost";
  return `${mapping.protocol} ${mapping.external.ip}:${mapping.external.port}`;
}

const ROUTER = "192.168.1.1";
const PROGRAM = "192.168.1.2";
const GROUP = "239.255.255.250";
const HTTP_MS = 30;
