import { RtmfpError } from "../../protocol/errors.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { Turn } from "../turn.ts";

export interface ServerWatchHost {
  readonly turn: Turn;
  /** Asks a server where it sees us; `onAnswer` is called if it answers. */
  askServer(server: Address, onAnswer: () => void): void;
}

/**
 * Notices that a server has ended without a word and is there again: it answers questions, but nothing
 * in our session. Else that would be dead only after 20 s without an answer.
 */
export class ServerWatch {
  readonly #host: ServerWatchHost;
  /** To questions since the server was heard last. */
  #answers = 0;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(host: ServerWatchHost) {
    this.#host = host;
  }

  /** The server owes an answer for too long. To be told again and again. */
  onUnanswered(session: Session): void {
    const { turn, askServer } = this.#host;
    const { heardHereAt, destination } = session;
    if (heardHereAt !== this.#heardAt) this.#answers = 0;
    this.#heardAt = heardHereAt;
    askServer(destination, () => {
      if (session.heardHereAt !== this.#heardAt) return;
      this.#answers += 1;
      if (this.#answers < ENOUGH_ANSWERS) return;
      const error = new RtmfpError("TIMEOUT", "the server does not know us any more");
      turn((now) => {
        if (now - this.#heardAt >= FORGOTTEN_MS) session.abort(error);
      });
    });
  }
}

/** On a bad network a session may hear nothing for a while. */
const FORGOTTEN_MS = 2_000;
/** Who has moved is answered here, too, a round trip before the session is there. */
const ENOUGH_ANSWERS = 2;
