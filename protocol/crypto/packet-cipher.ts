import type { Writer } from "../bytes/writer.ts";
import type { PacketCipher } from "./crypto.ts";
import type { Primitives } from "./primitives.ts";
import type { Protection } from "./protection.ts";
import type { Scratch } from "./scratch.ts";
import { Sealer } from "./sealer.ts";
import { Unsealer } from "./unsealer.ts";

/** Packet encryption of RFC 7425 §4.7, for both directions of one session. */
export class FlashPacketCipher implements PacketCipher {
  readonly #sealer: Sealer;
  readonly #unsealer: Unsealer;

  constructor(primitives: Primitives, scratch: Scratch, send: Protection, receive: Protection) {
    this.#sealer = new Sealer(primitives, scratch, send);
    this.#unsealer = new Unsealer(primitives, receive);
  }

  begin(datagramLimit: number): Writer {
    return this.#sealer.begin(datagramLimit);
  }

  seal(sessionId: number): Uint8Array {
    return this.#sealer.seal(sessionId);
  }

  unseal(datagram: Uint8Array): Uint8Array | undefined {
    return this.#unsealer.unseal([datagram])[0];
  }

  unsealAll(datagrams: readonly Uint8Array[]): readonly (Uint8Array | undefined)[] {
    return this.#unsealer.unseal(datagrams);
  }
}
