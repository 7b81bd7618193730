/** How a message is sent. */
export interface SendOptions {
  /**
   * The message is worthless this long after `send`: what is not acknowledged by then is abandoned.
   * @default Infinity: resent until it arrives
   */
  readonly deadlineMs?: number | undefined;
}

/** A message in a sending flow, RFC 7016 §3.6.2.2: the sender's receipt for it. */
export class OutgoingMessage {
  /** ms on the machine's clock; Infinity: never. */
  readonly expiresAt: number;
  /** Called by the driver, once: delivered (true) or abandoned (false). See `watch`. */
  onOutcome: ((isDelivered: boolean) => void) | undefined;
  readonly #abandoned: (message: OutgoingMessage) => void;
  #state: "QUEUED" | "DELIVERED" | "ABANDONED" = "QUEUED";
  #bytesLeft: number;
  #fragmentsLeft = 0;

  constructor(
    length: number,
    options: SendOptions,
    now: number,
    abandoned: (message: OutgoingMessage) => void,
  ) {
    this.#bytesLeft = length;
    this.expiresAt = now + (options.deadlineMs ?? Number.POSITIVE_INFINITY);
    this.#abandoned = abandoned;
  }

  get state(): "QUEUED" | "DELIVERED" | "ABANDONED" {
    return this.#state;
  }

  get isAbandoned(): boolean {
    return this.#state === "ABANDONED";
  }

  /** Bytes that are not acknowledged yet. */
  get bytesLeft(): number {
    return this.#bytesLeft;
  }

  /** RFC 7016 §3.6.2.7: no more of it is sent. A delivered message stays delivered. */
  abandon(): void {
    if (this.#state !== "QUEUED") return;
    this.#state = "ABANDONED";
    this.#abandoned(this);
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

  /** A fragment of `length` bytes was acknowledged. Answers true if that delivered the message. */
  noteAcknowledged(length: number): boolean {
    this.#fragmentsLeft -= 1;
    this.#bytesLeft -= length;
    if (this.#fragmentsLeft > 0 || this.#state !== "QUEUED") return false;
    this.#state = "DELIVERED";
    return true;
  }
}
