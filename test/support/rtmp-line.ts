import { RtmpConnection } from "../../protocol/rtmp/connection.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../protocol/rtmp/handshake.ts";
import { ChunkTransport } from "../../protocol/tc/chunk-transport.ts";
import type { TransportHandler } from "../../protocol/tc/transport.ts";

/** One end of an RTMP connection in memory, with what a driver would keep for it. */
class RtmpEnd {
  readonly connection: RtmpConnection;
  readonly transport: ChunkTransport;
  handler: TransportHandler | undefined;
  /** The connection is quiet after each turn; nothing is sent before somebody carries. */
  readonly written: Uint8Array[] = [];
  isClosed = false;

  constructor(connection: RtmpConnection) {
    this.connection = connection;
    this.transport = new ChunkTransport(connection, { drain: () => undefined });
  }

  /** Answers whether there was anything to do. */
  turn(now: number): boolean {
    let wasBusy = false;
    for (let output = this.connection.poll(); output; output = this.connection.poll()) {
      wasBusy = true;
      if (output.type === "write") this.written.push(output.bytes);
      else if (output.type === "message") this.handler?.onMessage(output.message, false, now);
      else if (output.type === "closed") {
        this.isClosed = true;
        this.handler?.onEnd(now);
      }
    }
    return wasBusy;
  }
}

/** A client and a server past their handshake; `carry` brings bytes over until both are quiet. */
export class RtmpLine {
  readonly one: RtmpEnd = new RtmpEnd(
    new RtmpConnection({ handshake: PlainHandshake.client(new Uint8Array(RANDOM)) }),
  );
  readonly other: RtmpEnd = new RtmpEnd(
    new RtmpConnection({ handshake: PlainHandshake.server(new Uint8Array(RANDOM)) }),
  );

  constructor() {
    this.carry();
  }

  /** Bytes arrive in pieces of `size`. */
  carry(now = 0, size = 1_000): void {
    for (let isBusy = true; isBusy; ) {
      isBusy = this.one.turn(now);
      isBusy = this.other.turn(now) || isBusy;
      bring(this.one, this.other, size);
      bring(this.other, this.one, size);
    }
  }
}

function bring(from: RtmpEnd, to: RtmpEnd, size: number): void {
  for (const bytes of from.written.splice(0)) {
    for (let at = 0; at < bytes.length; at += size) {
      to.connection.receive(bytes.slice(at, at + size));
    }
  }
  // The socket between them has two ends.
  if (from.isClosed) to.connection.close();
}

const RANDOM = HANDSHAKE_RANDOM_BYTES;
