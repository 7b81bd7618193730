import type { Duplex } from "node:stream";
import { RtmpConnection } from "../../protocol/rtmp/connection.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../protocol/rtmp/handshake.ts";
import { ChunkTransport } from "../../protocol/tc/chunk-transport.ts";
import { ClientConnection } from "../../protocol/tc/client-connection.ts";
import { Client } from "./tc-stand.ts";

/** An RTMP client over any byte stream: what ffmpeg is to a server, but one that tests can steer. */
export class RtmpClient {
  readonly stream: Duplex;
  readonly client: Client = new Client();
  readonly caller: ClientConnection;
  readonly connection: RtmpConnection;
  isOpen = false;

  constructor(stream: Duplex) {
    this.stream = stream;
    const handshake = PlainHandshake.client(new Uint8Array(HANDSHAKE_RANDOM_BYTES));
    this.connection = new RtmpConnection({ handshake });
    const transport = new ChunkTransport(this.connection, { drain: () => this.#drain() });
    this.caller = new ClientConnection(transport, this.client);
    stream.on("data", (bytes: Buffer) => {
      this.connection.receive(new Uint8Array(bytes));
      this.#drain();
    });
    stream.on("end", () => {
      this.connection.close();
      this.#drain();
    });
    stream.on("error", () => undefined);
    this.#drain();
  }

  connect(app: string): void {
    this.caller.connect({ app, tcUrl: `rtmp://test/${app}` }, () => undefined, 0);
  }

  #drain(): void {
    for (let output = this.connection.poll(); output; output = this.connection.poll()) {
      if (output.type === "write") {
        if (!this.stream.writableEnded) this.stream.write(output.bytes);
      } else if (output.type === "open") this.isOpen = true;
      else if (output.type === "message") this.caller.net.onMessage(output.message, false, 0);
      else this.caller.net.onEnd(0);
    }
  }
}
