import { Ring } from "../bytes/ring.ts";
import { unpinned } from "../bytes/unpinned.ts";
import type { RecvFlow } from "../flow/recv-flow.ts";
import { BUFFERED_FRAGMENT_BYTES, MAX_HELD_BYTES } from "../params.ts";

export interface HeldMessage {
  readonly bytes: Uint8Array;
  readonly afterGap: boolean;
}

/**
 * Messages that were under way already when a barrier closed before them. The flows are paused, but what
 * the driver had still to tell comes all the same.
 */
export class HeldMessages {
  /** BOUNDED: the flows of one group. */
  readonly #flows = new Map<RecvFlow, Held>();
  #bytes = 0;

  /** Is this flow behind a barrier? */
  has(flow: RecvFlow): boolean {
    return this.#flows.get(flow)?.isHeld ?? false;
  }

  hold(flow: RecvFlow): void {
    const held = this.#flows.get(flow);
    if (held) held.isHeld = true;
    else this.#flows.set(flow, { isHeld: true, messages: new Ring() });
  }

  /** Of a flow that is held. Answers false if that is too much. */
  push(flow: RecvFlow, { bytes, afterGap }: HeldMessage): boolean {
    const message = { bytes: unpinned(bytes), afterGap };
    this.#bytes += sizeOf(message);
    this.#flows.get(flow)?.messages.push(message);
    return this.#bytes <= MAX_HELD_BYTES;
  }

  /** The flow may go on: `take` answers what waits, until it is held again. */
  free(flow: RecvFlow): void {
    const held = this.#flows.get(flow);
    if (held) held.isHeld = false;
  }

  take(flow: RecvFlow): HeldMessage | undefined {
    const held = this.#flows.get(flow);
    if (!held || held.isHeld) return undefined;
    const message = held.messages.shift();
    if (message) this.#bytes -= sizeOf(message);
    else this.#flows.delete(flow);
    return message;
  }

  delete(flow: RecvFlow): void {
    this.free(flow);
    while (this.take(flow));
  }

  clear(): void {
    this.#flows.clear();
    this.#bytes = 0;
  }
}

interface Held {
  isHeld: boolean;
  readonly messages: Ring<HeldMessage>;
}

function sizeOf({ bytes }: HeldMessage): number {
  return bytes.length + BUFFERED_FRAGMENT_BYTES;
}
