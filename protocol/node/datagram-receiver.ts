import type { Receive } from "../io.ts";
import { type Address, sameAddress } from "../wire/address.ts";

interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: Address;
}

/**
 * Hands over together what a socket has received from one address in one turn of the event loop. The
 * system gives up to 32 datagrams then, one call each; `setImmediate` comes right after the last.
 * What takes long, as many that open sessions at once do, leaves others their turn in between.
 */
export class DatagramReceiver {
  readonly #receive: Receive;
  /** BOUNDED: MOST_WAITING, and what the system gives in one turn. */
  #received: Datagram[] = [];
  #handedOver = 0;

  constructor(receive: Receive) {
    this.#receive = receive;
  }

  take(bytes: Uint8Array, from: Address): void {
    if (this.#received.push({ bytes, from }) === 1) setImmediate(this.#handOver);
  }

  /** Forgets what was not handed over yet. */
  clear(): void {
    this.#received = [];
    this.#handedOver = 0;
  }

  readonly #handOver = (): void => {
    const received = this.#received;
    const startedAt = performance.now();
    while (received === this.#received && this.#handedOver < received.length) {
      const isLong = performance.now() - startedAt > LONGEST_MS;
      if (isLong && received.length - this.#handedOver < MOST_WAITING) {
        setImmediate(this.#handOver);
        return;
      }
      this.#handOverNext(received);
    }
    if (received === this.#received) this.clear();
  };

  /** All from one address, as far as nothing else came in between. */
  #handOverNext(received: readonly Datagram[]): void {
    for (;;) {
      const datagram = received[this.#handedOver];
      if (!datagram) return;
      this.#handedOver += 1;
      const next = received[this.#handedOver];
      const hasMore = next !== undefined && sameAddress(next.from, datagram.from);
      this.#receive(datagram.bytes, datagram.from, hasMore);
      if (!hasMore) return;
    }
  }
}

/** A handshake takes a third of it. */
const LONGEST_MS = 1;
/** With more than that there are no pauses: the socket's buffer is the place where datagrams get lost. */
const MOST_WAITING = 64;
