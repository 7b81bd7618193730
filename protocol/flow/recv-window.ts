import { RECV_BUFFER_BYTES } from "../params.ts";
import { BLOCK_BYTES } from "../wire/chunks/acknowledgement.ts";
import type { Reassembly } from "./reassembly.ts";
import type { RecvFlowOwner } from "./recv-flow-owner.ts";

/** What a receiving flow has room for, and what it says of that, RFC 7016 §3.6.3.5. */
export class RecvWindow {
  /** What the flow may hold, as far as the session has room. */
  bufferBytes: number = RECV_BUFFER_BYTES;
  readonly #owner: RecvFlowOwner;
  readonly #reassembly: Reassembly;
  #advertisedBlocks = Number.POSITIVE_INFINITY;

  constructor(owner: RecvFlowOwner, reassembly: Reassembly) {
    this.#owner = owner;
    this.#reassembly = reassembly;
  }

  get freeBytes(): number {
    const ownBytes = this.bufferBytes - this.#reassembly.bufferedBytes;
    return Math.min(ownBytes, this.#owner.budget.freeBytes);
  }

  /** So little is left, or was when the far end heard of it last, that it has to hear of every change. */
  get isShort(): boolean {
    return this.#advertisedBlocks < 2 || this.freeBytes < BLOCK_BYTES;
  }

  /**
   * Answers the blocks that the far end is told of: at least one unless paused, or a gap could never be
   * filled. A far end of the Flash kind is never told 0: librtmfp and MonaServer2 end the session.
   */
  advertise(isPaused: boolean): number {
    const blocks = Math.ceil(Math.max(0, this.freeBytes) / BLOCK_BYTES);
    const mayClose = isPaused && this.#owner.compat !== "flash";
    this.#advertisedBlocks = blocks === 0 && !mayClose ? 1 : blocks;
    return this.#advertisedBlocks;
  }
}
