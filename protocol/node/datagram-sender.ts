import type { Address } from "../wire/address.ts";
import { noteBuffers } from "./young-buffers.ts";

/** What a `DatagramSender` needs of a `node:dgram` socket. */
export interface TtlSocket {
  send(bytes: Uint8Array, port: number, ip: string): void;
  setTTL(hops: number): unknown;
  /** Datagrams that the system has not taken yet. */
  getSendQueueCount(): number;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly to: Address;
  readonly hops: number;
}

/**
 * Sends in order, each datagram with its own time to live. Node sets that per socket and may send later:
 * datagrams of another time to live wait until the system has taken all before them. It nearly always
 * has, so we look; to be called back would cost something with each datagram.
 */
export class DatagramSender {
  readonly #socket: TtlSocket;
  /** BOUNDED: MAX_WAITING. */
  #waiting: Waiting[] = [];
  #hops = SYSTEM_HOPS;

  constructor(socket: TtlSocket) {
    this.#socket = socket;
  }

  send(bytes: Uint8Array, to: Address, hops: number = SYSTEM_HOPS): void {
    if (this.#waiting.length > 0 || !this.#canSend(hops)) this.#wait({ bytes, to, hops });
    else this.#pass(bytes, to, hops);
  }

  /**
   * Resolves when the system has taken everything, or takes nothing any more; what still waits then is
   * lost. The socket may be closed afterwards.
   */
  async drain(): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS && !this.#isIdle; looks += 1) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    this.#waiting = [];
  }

  get #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#socket.getSendQueueCount() === 0;
  }

  #canSend(hops: number): boolean {
    return hops === this.#hops || this.#socket.getSendQueueCount() === 0;
  }

  #pass(bytes: Uint8Array, to: Address, hops: number): void {
    if (hops !== this.#hops) this.#socket.setTTL(hops);
    this.#hops = hops;
    noteBuffers(bytes.length);
    this.#socket.send(bytes, to.port, to.ip);
  }

  #wait(datagram: Waiting): void {
    if (this.#waiting.length === MAX_WAITING) return;
    if (this.#waiting.push(datagram) === 1) setTimeout(this.#goOn, LOOK_MS);
  }

  readonly #goOn = (): void => {
    let sent = 0;
    for (const { bytes, to, hops } of this.#waiting) {
      if (!this.#canSend(hops)) break;
      this.#pass(bytes, to, hops);
      sent += 1;
    }
    this.#waiting = this.#waiting.slice(sent);
    if (this.#waiting.length > 0) setTimeout(this.#goOn, LOOK_MS);
  };
}

/** Node cannot ask for the system's default; this is that of Linux, macOS and RFC 1700. */
const SYSTEM_HOPS = 64;
/** The shortest that a timer of Node has. */
const LOOK_MS = 1;
/** A tenth of a second: a socket that is to be closed does not wait for a network that is stuck. */
const MOST_LOOKS = 100;
/** A second of them at 40 Mbit/s; what comes on top is lost, as with the system's own buffer. */
const MAX_WAITING = 4_096;
