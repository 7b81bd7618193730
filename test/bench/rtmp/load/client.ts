import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { ChunkWriter } from "../../../../protocol/rtmp/chunk-writer.ts";
import { encodeControl } from "../../../../protocol/rtmp/control.ts";
import type { Message } from "../../../../protocol/rtmp/message.ts";
import { encodeCommand } from "../../../../protocol/tc/command.ts";

/** A program that says everything at once and listens to nothing: a relay must not notice. */
export class Client {
  readonly socket: Socket;
  readonly #writer = new ChunkWriter();

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Connects, and asks for stream 1 of application "live"; `receive` gets all after the handshake. */
  static async connect(port: number, receive: (bytes: Uint8Array) => void): Promise<Client> {
    let toSkip = HANDSHAKE_BYTES;
    const socket = createConnection({
      host: "127.0.0.1",
      port,
      noDelay: true,
      // All read into the same memory, one after another.
      onread: {
        buffer,
        callback: (count, bytes) => {
          const skipped = Math.min(toSkip, count);
          toSkip -= skipped;
          if (skipped > 0 && toSkip === 0) socket.emit("greeted");
          if (count > skipped) receive(bytes.subarray(skipped, count));
          return true;
        },
      },
    });
    await once(socket, "connect");
    const opening = new Uint8Array(1537);
    opening[0] = 3;
    socket.write(opening);
    const greeted = once(socket, "greeted");
    await greeted;
    socket.write(new Uint8Array(1536));
    const client = new Client(socket);
    const tcUrl = `rtmp://127.0.0.1:${port}/live`;
    const object = { app: "live", type: "nonprivate", flashVer: "bench", tcUrl };
    client.send(encodeControl({ type: "setChunkSize", chunkBytes: 65_536 }));
    client.#call("connect", 1, object, [], 0);
    client.#call("createStream", 2, null, [], 0);
    return client;
  }

  publish(name: string): void {
    this.#call("publish", 3, null, [name, "live"], 1);
  }

  play(name: string): void {
    this.#call("play", 3, null, [name, -2], 1);
  }

  send(...messages: readonly Message[]): void {
    this.socket.cork();
    for (const message of messages) this.socket.write(this.#writer.write(message));
    this.socket.uncork();
  }

  #call(
    name: string,
    transactionId: number,
    object: Parameters<typeof encodeCommand>[0]["object"],
    args: Parameters<typeof encodeCommand>[0]["args"],
    streamId: number,
  ): void {
    this.send(encodeCommand({ name, transactionId, object, args }, streamId));
  }
}

/** S0, S1, S2. */
const HANDSHAKE_BYTES = 1 + 2 * 1536;
const buffer = new Uint8Array(1_048_576);
