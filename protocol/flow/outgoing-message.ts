import { checkMs } from "../errors.ts";

/** How a message is sent, and when it is not worth sending any more. */
export interface SendOptions {
  /**
   * The message is worthless if nothing of it was sent less than this long after `send`, ms: then it
   * is abandoned. 0 is no time at all.
   * @default Infinity: sent whenever there is room
   */
  readonly startByMs?: number | undefined;
  /**
   * The message is worthless this long after `send`: what is not acknowledged by then is abandoned.
   * @default Infinity: resent until it arrives
   */
  readonly deadlineMs?: number | undefined;
  /**
   * How often any part of it may be sent, 1 or more: if a part is lost that often, the message is
   * abandoned. 1: nothing of it is ever resent.
   * @default Infinity
   */
  readonly maxTransmissions?: number | undefined;
  /**
   * The message is worthless without this one: if it is abandoned, or what it depends on itself, so
   * is this message, whatever the flows of the two.
   */
  readonly parent?: OutgoingMessage | undefined;
}

/** A message in a sending flow, RFC 7016 §3.6.2.2: the sender's receipt for it. */
export class OutgoingMessage {
  /** A fragment that was lost after so many transmissions is not sent again. */
  readonly maxTransmissions: number;
  /** Called by the driver, once: delivered (true) or abandoned (false). See `watch`. */
  onOutcome: ((isDelivered: boolean) => void) | undefined;
  /** Its place among the messages of its flow that expire. Note of `Expiries`. */
  order = 0;
  /** Note of the schedule of `Expiries`. */
  scheduledIndex: number | undefined;
  readonly #abandoned: (message: OutgoingMessage) => void;
  readonly #deadlineAt: number;
  /** Infinity once something of it was sent. */
  #startAt: number;
  #state: "QUEUED" | "DELIVERED" | "ABANDONED" = "QUEUED";
  #bytesLeft: number;
  #fragmentsLeft = 0;
  /** What this one depends on; of a delivered one it may have been delivered as well: see `#pending`. */
  #parent: OutgoingMessage | undefined;
  /** What is queued and depends on this one, which is queued. BOUNDED: by the send buffers of their flows. */
  #children: Set<OutgoingMessage> | undefined;

  /**
   * Throws RangeError for times that are none and `maxTransmissions` below 1. `parent` is up to the
   * caller: `adopt`.
   */
  constructor(
    length: number,
    options: SendOptions,
    now: number,
    abandoned: (message: OutgoingMessage) => void,
  ) {
    const { startByMs, deadlineMs, maxTransmissions = Number.POSITIVE_INFINITY } = options;
    checkMs("startByMs", startByMs);
    checkMs("deadlineMs", deadlineMs);
    if (!(maxTransmissions >= 1)) throw new RangeError(`maxTransmissions: ${maxTransmissions}`);
    this.maxTransmissions = maxTransmissions;
    this.#bytesLeft = length;
    this.#startAt = now + (startByMs ?? Number.POSITIVE_INFINITY);
    this.#deadlineAt = now + (deadlineMs ?? Number.POSITIVE_INFINITY);
    this.#abandoned = abandoned;
  }

  get state(): "QUEUED" | "DELIVERED" | "ABANDONED" {
    return this.#state;
  }

  get isAbandoned(): boolean {
    return this.#state === "ABANDONED";
  }

  /** It, or what it depends on, was abandoned: nothing that depends on it is worth sending. */
  get isLost(): boolean {
    return this.#pending()?.isAbandoned ?? false;
  }

  /** When it becomes worthless as things stand, ms on the machine's clock; Infinity: never. */
  get expiresAt(): number {
    return Math.min(this.#startAt, this.#deadlineAt);
  }

  /** Bytes that are not acknowledged yet. */
  get bytesLeft(): number {
    return this.#bytesLeft;
  }

  /** Fragments that are not acknowledged yet. */
  get fragmentsLeft(): number {
    return this.#fragmentsLeft;
  }

  /**
   * RFC 7016 §3.6.2.7: no more of it is sent, nor of what depends on it. A delivered message stays
   * delivered, but what depends on it and on this one is abandoned.
   */
  abandon(): void {
    if (this.#state !== "QUEUED") return;
    this.#leaveParent();
    const lost: OutgoingMessage[] = [this];
    // The list grows on the way: chains are as long as groups of pictures, too long for recursion.
    for (const message of lost) {
      for (const child of message.#children ?? []) lost.push(child);
      message.#children = undefined;
      message.#parent = undefined;
      message.#state = "ABANDONED";
      message.#abandoned(message);
    }
  }

  /** `child` is worthless without this message: abandoned with it, at once if that has happened. */
  adopt(child: OutgoingMessage): void {
    const pending = this.#pending();
    if (pending === undefined) return;
    if (pending.isAbandoned) child.abandon();
    else pending.#take(child);
  }

  /** Calls `listener` once the outcome is known, after those that watch already. */
  watch(listener: (isDelivered: boolean) => void): void {
    const before = this.onOutcome;
    this.onOutcome = (isDelivered) => {
      before?.(isDelivered);
      listener(isDelivered);
    };
  }

  /** The flow cut a fragment off it. */
  noteFragment(): void {
    this.#fragmentsLeft += 1;
  }

  /** A fragment of it goes out. */
  noteSent(): void {
    this.#startAt = Number.POSITIVE_INFINITY;
  }

  /** A fragment of `length` bytes was acknowledged. Answers true if that delivered the message. */
  noteAcknowledged(length: number): boolean {
    this.#fragmentsLeft -= 1;
    this.#bytesLeft -= length;
    if (this.#fragmentsLeft > 0 || this.#state !== "QUEUED") return false;
    this.#state = "DELIVERED";
    if (this.#parent || this.#children) this.#handOver();
    return true;
  }

  /**
   * The first that is not delivered: this one, what it depends on, and so on. Undefined: none of them can be
   * lost any more.
   */
  #pending(): OutgoingMessage | undefined {
    if (this.#state !== "DELIVERED") return this;
    let pending = this.#parent;
    while (pending?.state === "DELIVERED") pending = pending.#parent;
    this.#parent = pending;
    return pending;
  }

  #leaveParent(): void {
    const parent = this.#parent;
    if (parent) parent.#children?.delete(this);
  }

  #take(child: OutgoingMessage): void {
    child.#parent = this;
    this.#children ??= new Set();
    this.#children.add(child);
  }

  /** Delivered: what depends on this one depends on no more than what this one does. */
  #handOver(): void {
    const parent = this.#parent;
    this.#leaveParent();
    for (const child of this.#children ?? []) {
      if (parent) parent.#take(child);
      else child.#parent = undefined;
    }
    this.#children = undefined;
  }
}
