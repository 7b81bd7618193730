import type { Receive } from "../io.ts";
import type { Address } from "../wire/address.ts";

interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: Address;
}

/**
 * Hands over together what a socket has received in one turn of the event loop. The system gives up
 * to 32 datagrams then, one call each; `setImmediate` comes right after the last of them.
 */
export class DatagramReceiver {
  readonly #receive: Receive;
  #received: Datagram[] = [];

  constructor(receive: Receive) {
    this.#receive = receive;
  }

  take(bytes: Uint8Array, from: Address): void {
    if (this.#received.push({ bytes, from }) === 1) setImmediate(this.#handOver);
  }

  /** Forgets what was not handed over yet. */
  clear(): void {
    this.#received = [];
  }

  readonly #handOver = (): void => {
    const received = this.#received;
    this.#received = [];
    let left = received.length;
    for (const { bytes, from } of received) {
      left -= 1;
      this.#receive(bytes, from, left > 0);
    }
  };
}
