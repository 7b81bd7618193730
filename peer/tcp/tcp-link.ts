import { MalformedError } from "../../protocol/errors.ts";
import type { Link } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { TcpStream } from "../platform.ts";
import { FrameReader, frameDatagram, MAX_FRAMED_BYTES } from "./datagram-framing.ts";

/**
 * A TCP connection as a link: whatever is sent on it goes to its far end. Who that is, the sessions
 * find out.
 */
export class TcpLink implements Link {
  /** Where the far end is. */
  readonly address: Address;
  readonly #stream: TcpStream;
  readonly #reader = new FrameReader();
  #isBroken = false;
  #isClosed = false;

  /** `receive` gets the datagrams; `onClosed` is called once, unless it is closed from here. */
  constructor(
    stream: TcpStream,
    address: Address,
    receive: (bytes: Uint8Array) => void,
    onClosed: () => void,
  ) {
    this.address = address;
    this.#stream = stream;
    stream.listen({
      onBytes: (bytes) => {
        for (const datagram of this.#read(bytes)) if (!this.#isClosed) receive(datagram);
        if (this.#isBroken) this.#end(onClosed);
      },
      onClosed: () => this.#end(onClosed),
    });
  }

  /**
   * The newest is what is dropped when the far end takes too little: what is in front of it cannot be
   * called back from the system, and a session that hears of a loss sends less.
   */
  send(bytes: Uint8Array): void {
    if (this.#isClosed || bytes.length > MAX_FRAMED_BYTES) return;
    if (this.#stream.unsentBytes <= MAX_UNSENT_BYTES) this.#stream.send(frameDatagram(bytes));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stream.close();
  }

  #read(bytes: Uint8Array): Uint8Array[] {
    if (this.#isClosed) return [];
    try {
      return this.#reader.receive(bytes);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#isBroken = true;
      return [];
    }
  }

  #end(onClosed: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.close();
    onClosed();
  }
}

/** More in front of a slow uplink would only be late. */
export const MAX_UNSENT_BYTES = 65_536;
