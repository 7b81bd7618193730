import { RtmfpError } from "../../protocol/errors.ts";
import type { OutgoingMessage } from "../../protocol/flow/outgoing-message.ts";

/** What became of a message that was sent to everyone who plays a stream. */
export class Receipt {
  readonly #messages: readonly OutgoingMessage[];
  readonly #turn: (change: () => void) => void;
  readonly #isWanted: () => boolean;

  /** `isWanted`: no far end has said that it takes nothing of this stream. */
  constructor(
    messages: readonly OutgoingMessage[],
    turn: (change: () => void) => void,
    isWanted: () => boolean,
  ) {
    this.#messages = messages;
    this.#turn = turn;
    this.#isWanted = isWanted;
  }

  /**
   * Resolves with true once every far end that it was sent to has it, with false as soon as one will
   * not get it, or if the server has ended the stream by then. Those that wait for a keyframe are not
   * sent pictures before.
   */
  get delivered(): Promise<boolean> {
    return Promise.all(this.#messages.map(delivery)).then(
      () => this.#isWanted(),
      () => false,
    );
  }

  /** It is not worth sending any more. */
  abandon(): void {
    this.#turn(() => {
      for (const message of this.#messages) message.abandon();
    });
  }
}

/** Rejects if it is abandoned. */
async function delivery(message: OutgoingMessage): Promise<void> {
  const isDelivered =
    message.state === "QUEUED"
      ? await new Promise<boolean>((resolve) => message.watch(resolve))
      : message.state === "DELIVERED";
  if (!isDelivered) throw new RtmfpError("TIMEOUT", "the message was abandoned");
}
