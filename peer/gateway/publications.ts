import type { Message } from "../../protocol/rtmp/message.ts";
import type { Publisher } from "../../protocol/tc/live-stream.ts";
import type { Status } from "../../protocol/tc/status.ts";

interface Publication {
  heardAt: number;
  readonly disconnect: (now: number) => void;
}

/**
 * What clients publish through a gateway. An encoder that lost its connection comes back before the
 * old socket is known to be dead: it takes its stream over if nothing came for a while.
 */
export class Publications {
  /** By path. BOUNDED: each belongs to a stream of a connection, and both are limited. */
  readonly #open = new Map<string, Publication>();

  /**
   * Publishes with `open`, after `disconnect` of whoever published there and fell silent. Answers what
   * `open` answers.
   */
  publish(
    path: string,
    open: () => Publisher | Status,
    disconnect: (now: number) => void,
    now: number,
  ): Publisher | Status {
    const before = this.#open.get(path);
    if (before && now - before.heardAt >= TAKEOVER_SILENCE_MS) before.disconnect(now);
    const answer = open();
    if ("code" in answer) return answer;
    const publication: Publication = { heardAt: now, disconnect };
    this.#open.set(path, publication);
    return {
      write: (message: Message, at, deadlineMs) => {
        publication.heardAt = at;
        return answer.write(message, at, deadlineMs);
      },
      noteGap: () => answer.noteGap(),
      end: (at) => {
        if (this.#open.get(path) === publication) this.#open.delete(path);
        answer.end(at);
      },
    };
  }
}

/** Live encoders send many messages a second; a mobile network may stall for one or two. */
const TAKEOVER_SILENCE_MS = 5_000;
