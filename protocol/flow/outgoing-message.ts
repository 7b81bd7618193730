import { checkMs } from "../errors.ts";

/** How a message is sent, and when it is not worth sending any more. */
export interface SendOptions {
  /**
   * The message is worthless if nothing of it was sent this long after `send`, ms: then it is
   * abandoned.
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
  readonly #abandoned: (message: OutgoingMessage) => void;
  readonly #deadlineAt: number;
  /** Infinity once something of it was sent. */
  #startAt: number;
  #state: "QUEUED" | "DELIVERED" | "ABANDONED" = "QUEUED";
  #isLost = false;
  #bytesLeft: number;
  #fragmentsLeft = 0;
  /** What this one depends on, as long as that may still be lost. */
  #parent: OutgoingMessage | undefined;
  /** What depends on this one, as long as it may still be lost. BOUNDED: by its flow's send buffer. */
  #children: OutgoingMessage[] | undefined;

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
    return this.#isLost;
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
    const lost: OutgoingMessage[] = [this];
    // The list grows on the way: chains are as long as groups of pictures, too long for recursion.
    for (const message of lost) {
      for (const child of message.#children ?? []) lost.push(child);
      message.#children = undefined;
      message.#parent = undefined;
      message.#isLost = true;
      if (message.#state !== "QUEUED") continue;
      message.#state = "ABANDONED";
      message.#abandoned(message);
    }
  }

  /** `child` is worthless without this message: abandoned with it, at once if that has happened. */
  adopt(child: OutgoingMessage): void {
    if (this.#isLost) {
      child.abandon();
    } else if (this.#state === "QUEUED" || this.#parent) {
      child.#parent = this;
      this.#children ??= [];
      this.#children.push(child);
    }
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
    if (this.#children && !this.#parent) this.#freeChildren();
    return true;
  }

  /** Neither this message nor what it depends on can be lost any more. */
  #freeChildren(): void {
    const safe: OutgoingMessage[] = [this];
    for (const message of safe) {
      for (const child of message.#children ?? []) {
        child.#parent = undefined;
        if (child.#state === "DELIVERED") safe.push(child);
      }
      message.#children = undefined;
    }
  }
}
