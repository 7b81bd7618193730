import assert from "node:assert/strict";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { Reply } from "../../protocol/tc/calls.ts";
import { type ClientApplication, ClientConnection } from "../../protocol/tc/client-connection.ts";
import type { ClientStream, ClientStreamHandler } from "../../protocol/tc/client-stream.ts";
import type { Command } from "../../protocol/tc/command.ts";
import type { Playable, Publisher } from "../../protocol/tc/live-stream.ts";
import type {
  ConnectRequest,
  FailPublish,
  ServerApplication,
} from "../../protocol/tc/server-application.ts";
import {
  ServerConnection,
  type ServerConnectionOptions,
} from "../../protocol/tc/server-connection.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";
import type { Transport, TransportHandler } from "../../protocol/tc/transport.ts";
import { LiveStreams } from "./live-streams.ts";
import { MemoryLine } from "./transports.ts";

/** Lets everybody into app "live", to publish and play any stream. */
export class Server implements ServerApplication {
  readonly streams: LiveStreams = new LiveStreams();
  readonly requests: ConnectRequest[] = [];
  readonly calls: string[] = [];
  /** How to have each publication fail after all. */
  readonly fails: FailPublish[] = [];
  malformed = 0;
  ends = 0;

  onConnect(request: ConnectRequest): Status | undefined {
    this.requests.push(request);
    if (request.app === "live") return undefined;
    return failure("NetConnection.Connect.InvalidApp", `no app ${request.app}`);
  }

  onPublish(name: string, now: number, fail: FailPublish): Publisher | Status {
    this.fails.push(fail);
    return this.streams.publishLocal(name, now);
  }

  onPlay(name: string): Playable | Status {
    if (name === "") return failure("NetStream.Play.StreamNotFound", "no name");
    return this.streams.at(name);
  }

  onCall(command: Command): boolean {
    this.calls.push(command.name);
    return command.name === "known";
  }

  onMalformed(): void {
    this.malformed += 1;
  }

  onEnd(): void {
    this.ends += 1;
  }
}

export class Client implements ClientApplication {
  readonly calls: string[] = [];
  readonly keepalives: (readonly [serverMs: number, peerMs: number])[] = [];
  ends = 0;

  onCall(command: Command): boolean {
    this.calls.push(command.name);
    return false;
  }

  onKeepalive(serverMs: number, peerMs: number): void {
    this.keepalives.push([serverMs, peerMs]);
  }

  onEnd(): void {
    this.ends += 1;
  }
}

/** What arrives on one stream of a client. */
export class StreamNotes implements ClientStreamHandler {
  readonly codes: string[] = [];
  readonly messages: Message[] = [];
  ends = 0;

  onStatus(status: Status): void {
    this.codes.push(status.code.replace("NetStream.", ""));
  }

  onMessage(message: Message): void {
    this.messages.push(message);
  }

  onEnd(): void {
    this.ends += 1;
  }

  get media(): Message[] {
    return this.messages.filter(({ type }) => type === 8 || type === 9);
  }
}

interface End {
  readonly transport: Transport;
  handler: TransportHandler | undefined;
}

export interface Line {
  readonly one: End;
  readonly other: End;
  carry(now?: number): void;
}

export function memoryLine(): Line {
  const line = new MemoryLine();
  const end = (transport: MemoryLine["one"]): End => ({
    transport,
    set handler(handler: TransportHandler | undefined) {
      transport.handler = handler;
    },
  });
  return { one: end(line.one), other: end(line.other), carry: (now) => line.carry(now) };
}

/** A client and a server, and all that they were told. */
export class Stand {
  readonly line: Line;
  readonly server: Server = new Server();
  readonly client: Client;
  readonly connection: ServerConnection;
  readonly caller: ClientConnection;
  readonly replies: Reply[] = [];

  constructor(
    line: Line = memoryLine(),
    options?: ServerConnectionOptions,
    client: Client = new Client(),
  ) {
    this.line = line;
    this.client = client;
    this.connection = new ServerConnection(line.other.transport, this.server, options);
    this.caller = new ClientConnection(line.one.transport, this.client);
    line.other.handler = this.connection.net;
    line.one.handler = this.caller.net;
  }

  connect(app = "live"): this {
    const options = { app, tcUrl: `rtmp://test/${app}`, properties: { token: "t" }, args: ["x"] };
    this.caller.connect(options, (reply) => this.replies.push(reply), 0);
    this.line.carry();
    return this;
  }

  call(name: string, ...args: Command["args"]): Reply | undefined {
    let answer: Reply | undefined;
    this.caller.net.call(
      name,
      args,
      (reply) => {
        answer = reply;
      },
      0,
    );
    this.line.carry();
    return answer;
  }

  stream(): { stream: ClientStream; notes: StreamNotes } {
    const notes = new StreamNotes();
    let made: ClientStream | Error | undefined;
    this.caller.createStream(
      notes,
      (stream) => {
        made = stream;
      },
      0,
    );
    this.line.carry();
    assert.ok(made && !(made instanceof Error));
    return { stream: made, notes };
  }

  playing(name: string): { stream: ClientStream; notes: StreamNotes } {
    const made = this.stream();
    made.stream.play(name, 0);
    this.line.carry();
    return made;
  }

  publishing(name: string): { stream: ClientStream; notes: StreamNotes } {
    const made = this.stream();
    made.stream.publish(name, 0);
    this.line.carry();
    return made;
  }
}
