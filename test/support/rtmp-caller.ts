import { type ConnectRtmpOptions, connectRtmp } from "../../protocol/node/connect-rtmp.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import { ClientConnection } from "../../protocol/tc/client-connection.ts";
import { ClientStream } from "../../protocol/tc/client-stream.ts";
import type { ConnectRtmp, RtmpWay } from "../../rendezvous/index.ts";
import { Client, StreamNotes } from "./tc-stand.ts";

/** A client of an RTMP server over a real connection. */
export class RtmpCaller {
  readonly client: Client = new Client();
  readonly socket: RtmpWay;
  readonly connection: ClientConnection;

  private constructor(socket: RtmpWay, connection: ClientConnection, client: Client) {
    this.socket = socket;
    this.connection = connection;
    this.client = client;
  }

  /** Connects to an application; rejects if the server does not let it in. */
  static async dial(
    url: string,
    app: string,
    options: ConnectRtmpOptions = {},
    client: Client = new Client(),
    connect: ConnectRtmp = connectRtmp,
  ): Promise<RtmpCaller> {
    let made: ClientConnection | undefined;
    const socket = await connect(
      url,
      (transport) => {
        made = new ClientConnection(transport, client);
        return made.net;
      },
      options,
    );
    const connection = made as ClientConnection;
    await new Promise<void>((resolve, reject) => {
      const request = { app, tcUrl: `${url}/${app}` };
      connection.connect(
        request,
        ({ isResult }) => (isResult ? resolve() : reject(new Error("not let in"))),
        performance.now(),
      );
    });
    return new RtmpCaller(socket, connection, client);
  }

  async play(name: string): Promise<StreamNotes> {
    const [notes, stream] = await this.#stream();
    stream.play(name, performance.now());
    return notes;
  }

  /** Answers what sends a message in the stream, and what came of it. */
  async publish(name: string): Promise<[send: (message: Message) => void, notes: StreamNotes]> {
    const [notes, stream] = await this.#stream();
    stream.publish(name, performance.now());
    return [(message) => void stream.send(message, {}, performance.now()), notes];
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.socket.closed;
  }

  #stream(): Promise<[StreamNotes, ClientStream]> {
    const notes = new StreamNotes();
    return new Promise((resolve, reject) => {
      this.connection.createStream(
        notes,
        (stream) => (stream instanceof ClientStream ? resolve([notes, stream]) : reject(stream)),
        performance.now(),
      );
    });
  }
}
