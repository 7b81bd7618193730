import type { RecvFlow } from "../flow/recv-flow.ts";

/** What a flow has to wait for: `count` messages with the same `syncId`. */
export interface FlowSync {
  readonly syncId: number;
  /** Flows that the barrier synchronizes. */
  readonly count: number;
}

/**
 * The barriers of one group of flows, RFC 7425 §5.2: a flow on which a Flow Synchronization message
 * arrived delivers no more until as many have arrived on the others. A far end that never sends the
 * others stalls its own flows for a while, and nothing else.
 */
export class FlowBarriers {
  /** BOUNDED: MAX_OPEN_BARRIERS. */
  readonly #open = new Map<number, Barrier>();
  readonly #release: (flow: RecvFlow) => void;

  /** `release` is called for each flow that may deliver again. */
  constructor(release: (flow: RecvFlow) => void) {
    this.#release = release;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * A synchronization message arrived on `flow`. Answers until when the flow is to be held, ms, if it
   * is. One that would need a barrier too many is ignored; `isHeld` false: the flow only counts.
   */
  arrive(flow: RecvFlow, sync: FlowSync, isHeld: boolean, now: number): number | undefined {
    let barrier = this.#open.get(sync.syncId);
    if (!barrier) {
      if (sync.count <= 1 || this.#open.size >= MAX_OPEN_BARRIERS) return undefined;
      barrier = { missing: sync.count, held: new Set(), expiresAt: now + BARRIER_LIMIT_MS };
      this.#open.set(sync.syncId, barrier);
    }
    barrier.missing -= 1;
    if (barrier.missing <= 0) {
      this.#lift(sync.syncId, barrier);
      return undefined;
    }
    if (!isHeld) return undefined;
    barrier.held.add(flow);
    return barrier.expiresAt;
  }

  /** Gives barriers up that were open for too long. */
  expire(now: number): void {
    for (const [syncId, barrier] of this.#open) {
      if (now >= barrier.expiresAt) this.#lift(syncId, barrier);
    }
  }

  /** A flow has ended: no barrier can wait for more messages than there are `others` left to send. */
  forget(flow: RecvFlow, others: number): void {
    for (const [syncId, barrier] of this.#open) {
      barrier.held.delete(flow);
      if (barrier.missing > others - barrier.held.size) this.#lift(syncId, barrier);
    }
  }

  #lift(syncId: number, { held }: Barrier): void {
    this.#open.delete(syncId);
    for (const flow of held) this.#release(flow);
  }
}

interface Barrier {
  missing: number;
  readonly held: Set<RecvFlow>;
  readonly expiresAt: number;
}

/** Open barriers of one group: a connection ends a few streams at once, hardly more. */
export const MAX_OPEN_BARRIERS = 16;
/** A barrier waits for media that is worth resending, which is a matter of seconds. */
export const BARRIER_LIMIT_MS = 5_000;
