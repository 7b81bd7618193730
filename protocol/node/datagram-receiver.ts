import type { Receive } from "../io.ts";
import { type Address, sameAddress } from "../wire/address.ts";
import { noteBuffers } from "./young-buffers.ts";

interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: Address;
}

/**
 * Hands over together what a socket has received in one turn of the event loop. The system gives up to
 * 32 datagrams then, one call each; `setImmediate` comes right after the last. What takes long, as many
 * that open sessions at once do, leaves others their turn in between.
 */
export class DatagramReceiver {
  readonly #receive: Receive;
  /** BOUNDED: MOST_WAITING, and what the system gives in one turn. */
  #received: Datagram[] = [];
  #handedOver = 0;
  /** How long one sender's datagrams may take: as long as others did of late. */
  #partMs = 0;

  constructor(receive: Receive) {
    this.#receive = receive;
  }

  take(bytes: Uint8Array, from: Address): void {
    noteBuffers(BUFFERS_PER_DATAGRAM * bytes.length);
    if (this.#received.push({ bytes, from }) === 1) setImmediate(this.#handOver);
  }

  /** Forgets what was not handed over yet. */
  clear(): void {
    this.#received = [];
    this.#handedOver = 0;
  }

  /** Goes on after an exception: what one handler has thrown must not make the socket deaf. */
  readonly #handOver = (): void => {
    const received = this.#received;
    try {
      this.#handOverSome(received);
    } finally {
      if (received === this.#received) {
        if (this.#handedOver < received.length) setImmediate(this.#handOver);
        else this.clear();
      }
    }
  };

  /**
   * The pauses are where the sender changes: what one has sent together is one thing to do. Which of them is
   * the last of a turn has to be said with it, so there has to be time for another one.
   */
  #handOverSome(received: readonly Datagram[]): void {
    const endAt = performance.now() + LONGEST_MS;
    let at = performance.now();
    let isLast = false;
    while (!isLast && received === this.#received) {
      const datagram = received[this.#handedOver];
      if (!datagram) return;
      this.#handedOver += 1;
      const next = received[this.#handedOver];
      const isSame = next !== undefined && sameAddress(datagram.from, next.from);
      const waiting = received.length - this.#handedOver;
      const isLate = !isSame && waiting < MOST_WAITING && at + 2 * this.#partMs > endAt;
      isLast = !next || isLate;
      const following = isSame ? "same" : "another";
      this.#receive(datagram.bytes, datagram.from, isLast ? undefined : following);
      if (isSame) continue;
      const partMs = performance.now() - at;
      at += partMs;
      this.#partMs = Math.max(partMs, this.#partMs * FORGETTING);
    }
  }
}

/** It, what is decrypted of it, and the message that is put together. */
const BUFFERS_PER_DATAGRAM = 3;
/** Unless what one sender wants takes longer. */
const LONGEST_MS = 0.5;
/** One that took long is expected again for the next twenty. */
const FORGETTING = 0.9;
/** With more than that there are no pauses: the socket's buffer is the place where datagrams get lost. */
const MOST_WAITING = 64;
