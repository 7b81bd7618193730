import type { Message } from "../../protocol/rtmp/message.ts";
import type { Transport, TransportHandler } from "../../protocol/tc/transport.ts";

/** One end of a connection in memory. */
export class MemoryTransport implements Transport {
  handler: TransportHandler | undefined;
  /** Sent, and not yet taken by the far end. */
  readonly queue: Message[] = [];
  readonly closedStreams: number[] = [];
  isClosed = false;

  send(message: Message): undefined {
    if (!this.isClosed) this.queue.push(message);
  }

  synchronize(): void {}

  closeStream(streamId: number): void {
    this.closedStreams.push(streamId);
  }

  close(): void {
    this.isClosed = true;
  }
}

/** Two ends; `carry` delivers until both are quiet, and then the end of whichever closed. */
export class MemoryLine {
  readonly one: MemoryTransport = new MemoryTransport();
  readonly other: MemoryTransport = new MemoryTransport();

  carry(now = 0): void {
    while (this.one.queue.length + this.other.queue.length > 0) {
      deliver(this.one, this.other, now);
      deliver(this.other, this.one, now);
    }
    if (this.one.isClosed) this.other.handler?.onEnd(now);
    if (this.other.isClosed) this.one.handler?.onEnd(now);
  }
}

function deliver(from: MemoryTransport, to: MemoryTransport, now: number): void {
  for (const message of from.queue.splice(0)) to.handler?.onMessage(message, false, now);
}
