import assert from "node:assert/strict";
import type { RtmpSocket } from "../../protocol/node/rtmp-socket.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { ForwardStatus } from "../../rendezvous/forward/forwards.ts";
import { Rendezvous, type RendezvousOptions } from "../../rendezvous/index.ts";
import { type Host, Lab } from "../lab/index.ts";
import { labConnectRtmp, labListenRtmp } from "../lab/node/rtmp.ts";
import { silent } from "./rendezvous-lab.ts";
import { RtmpCaller } from "./rtmp-caller.ts";
import type { StreamNotes } from "./tc-stand.ts";

/** A server in the lab that can be ended and started again where it was. */
export class ForwardingServer {
  readonly lab: Lab;
  readonly host: Host;
  readonly #more: Partial<RendezvousOptions>;
  /** The server's ends of RTMP connections, the oldest first. */
  readonly #sockets = new Set<RtmpSocket>();
  #server: Rendezvous | undefined;

  constructor(lab: Lab, host: Host, more: Partial<RendezvousOptions>) {
    this.lab = lab;
    this.host = host;
    this.#more = more;
  }

  get server(): Rendezvous {
    assert.ok(this.#server);
    return this.#server;
  }

  get url(): string {
    return `rtmp://${this.host.ip}:1935`;
  }

  get forward(): ForwardStatus {
    const [forward] = this.server.status.forwards;
    assert.ok(forward);
    return forward;
  }

  /** Ends all connections but the first `count`. */
  breakOthers(count: number): void {
    for (const socket of [...this.#sockets].slice(count)) socket.close();
  }

  /** Ends without a word to all but the first `count` connections. */
  async die(count: number): Promise<void> {
    this.breakOthers(count);
    await this.lab.advance(100);
    await this.lab.complete(this.server.close(), 5_000);
  }

  async start(): Promise<void> {
    this.#server = await Rendezvous.listen({
      rtmfp: `${this.host.ip}:1935`,
      rtmp: `${this.host.ip}:1935`,
      io: this.host.io,
      listenRtmp: labListenRtmp(this.host, this.#sockets),
      connectRtmp: labConnectRtmp(this.host),
      logger: silent,
      ...this.#more,
    });
  }
}

/** RTMP servers with TCP between them, in virtual time, and programs that publish and play there. */
export class ForwardLab {
  readonly lab: Lab;
  readonly #servers: ForwardingServer[] = [];
  #programs = 0;

  constructor(seed: number) {
    this.lab = new Lab({ seed, conditions: { delayMs: 10 } });
  }

  /** The first one is at 10.0.0.1, the next at 10.0.0.2. */
  async server(more: Partial<RendezvousOptions> = {}): Promise<ForwardingServer> {
    const server = new ForwardingServer(
      this.lab,
      this.lab.host(`10.0.0.${this.#servers.length + 1}`),
      more,
    );
    this.#servers.push(server);
    await server.start();
    return server;
  }

  /** Connects to application "live" of a server. */
  dial({ url }: ForwardingServer): Promise<RtmpCaller> {
    this.#programs += 1;
    const host = this.lab.host(`10.0.1.${this.#programs}`);
    const dialling = RtmpCaller.dial(url, "live", {}, undefined, labConnectRtmp(host));
    return this.lab.complete(dialling, 10_000);
  }

  /** Answers what sends messages, and the connection. */
  async publish(
    to: ForwardingServer,
    name: string,
  ): Promise<[send: (...messages: readonly Message[]) => void, caller: RtmpCaller]> {
    const caller = await this.dial(to);
    const [send, notes] = await this.lab.complete(caller.publish(name), 5_000);
    await this.lab.runUntil(() => notes.codes.length > 0, 5_000);
    assert.deepEqual(notes.codes, ["Publish.Start"]);
    return [(...messages) => messages.forEach(send), caller];
  }

  async play(from: ForwardingServer, name: string): Promise<[StreamNotes, RtmpCaller]> {
    const caller = await this.dial(from);
    return [await this.lab.complete(caller.play(name), 5_000), caller];
  }

  /** Ends all servers; nothing may be left. */
  async close(): Promise<void> {
    const servers = this.#servers.map(({ server }) => server);
    for (const { status } of servers) assert.equal(status.counts.faults, 0);
    await this.lab.complete(Promise.all(servers.map((server) => server.close())), 60_000);
    const closedAt = this.lab.now;
    await this.lab.run(Number.POSITIVE_INFINITY);
    const leftMs = this.lab.now - closedAt;
    assert.ok(leftMs < 5_000, `something was left for ${leftMs} ms`);
  }
}

/** Pictures and sounds as "type timestamp last-byte". */
export function heard({ media }: StreamNotes): string[] {
  return media.map(({ type, timestampMs, payload }) => {
    const name = type === 8 ? "audio" : "video";
    return `${name} ${timestampMs} ${payload.at(-1)}`;
  });
}
