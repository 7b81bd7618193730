import type { AmfObject, AmfValue } from "../../protocol/amf/value.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { RtmpWay } from "../../protocol/node/connect-rtmp.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import { ClientConnection } from "../../protocol/tc/client-connection.ts";
import type { Command } from "../../protocol/tc/command.ts";
import type { Transport } from "../../protocol/tc/transport.ts";
import type { Host } from "../lab/index.ts";
import { labConnectRtmp } from "../lab/node/rtmp.ts";

/** A bare RTMP client in the lab: for tests of the server. */
export class RtmpGuest {
  readonly way: RtmpWay;
  readonly transport: Transport;
  readonly connection: ClientConnection;
  readonly calls: Command[];
  /** What came that is no command. */
  readonly messages: Message[];

  private constructor(
    way: RtmpWay,
    transport: Transport,
    connection: ClientConnection,
    got: { calls: Command[]; messages: Message[] },
  ) {
    this.way = way;
    this.transport = transport;
    this.connection = connection;
    this.calls = got.calls;
    this.messages = got.messages;
  }

  static async dial(host: Host, url: string): Promise<RtmpGuest> {
    const got = { calls: [] as Command[], messages: [] as Message[] };
    let made: { transport: Transport; connection: ClientConnection } | undefined;
    const way = await labConnectRtmp(host)(
      url,
      (transport) => {
        const connection = new ClientConnection(transport, {
          onCall: (command) => got.calls.push(command) > 0,
          onEnd: () => undefined,
        });
        made = { transport, connection };
        const { net } = connection;
        return {
          onMessage(message, afterGap, now) {
            if (message.type === 0x7a) got.messages.push(message);
            else net.onMessage(message, afterGap, now);
          },
          onEnd: (now) => net.onEnd(now),
        };
      },
      {},
    );
    if (!made) throw new RtmfpError("CLOSED", "never opened");
    return new RtmpGuest(way, made.transport, made.connection, got);
  }

  /** Connects to an application; answers the description of a refusal, or undefined. */
  enter(app: string, properties: AmfObject = {}): Promise<string | undefined> {
    return new Promise((resolve) => {
      const request = { app, tcUrl: `rtmp://10.0.0.1/${app}`, properties };
      this.connection.connect(
        request,
        (reply) => resolve(reply.isResult ? undefined : reply.status.description),
        0,
      );
    });
  }

  /** Answers the result, or rejects with the description of the refusal. */
  call(name: string, ...args: AmfValue[]): Promise<AmfValue> {
    return new Promise((resolve, reject) => {
      this.connection.net.call(
        name,
        args,
        (reply) => {
          if (reply.isResult) resolve(reply.values[0]);
          else reject(new Error(reply.status.description));
        },
        0,
      );
    });
  }

  /** Sends the payload of a relayed datagram. */
  relay(payload: Uint8Array): void {
    this.transport.send({ type: 0x7a, streamId: 0, timestampMs: 0, payload }, {}, 0);
  }
}
