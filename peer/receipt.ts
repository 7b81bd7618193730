import type { OutgoingMessage } from "../protocol/flow/outgoing-message.ts";

/** What became of a message that was sent to everyone who plays a stream. */
export class Receipt {
  readonly #messages: readonly OutgoingMessage[];
  readonly #turn: (change: () => void) => void;

  constructor(messages: readonly OutgoingMessage[], turn: (change: () => void) => void) {
    this.#messages = messages;
    this.#turn = turn;
  }

  /** Resolves with true once every far end has it, with false as soon as one will not get it. */
  get delivered(): Promise<boolean> {
    return Promise.all(this.#messages.map(delivery)).then((all) => all.every(Boolean));
  }

  /** It is not worth sending any more. */
  abandon(): void {
    this.#turn(() => {
      for (const message of this.#messages) message.abandon();
    });
  }
}

function delivery(message: OutgoingMessage): Promise<boolean> {
  if (message.state !== "QUEUED") return Promise.resolve(message.state === "DELIVERED");
  return new Promise((resolve) => message.watch(resolve));
}
