import { messageOf, RtmfpError } from "../../protocol/errors.ts";
import type { OutgoingMessage } from "../../protocol/flow/outgoing-message.ts";
import { LiveStream, type Player, type Publisher } from "../../protocol/tc/live-stream.ts";
import type { MediaMessage } from "../../protocol/tc/media.ts";
import type { FailPublish } from "../../protocol/tc/server-application.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";
import type { ServerLink } from "../server/server-link.ts";
import type { Turn } from "../turn.ts";
import type { Publication } from "./publication.ts";

/**
 * Publishes on the server what a local program publishes to the gateway. The server's consent takes
 * a round trip; a live stream in between keeps what the server needs first, and it joins late. If the
 * server refuses, or ends the stream later, `fail` is told why, unless the publisher has ended before.
 */
export function uploadTo(
  server: ServerLink,
  name: string,
  turn: Turn,
  fail: FailPublish,
): Publisher {
  const live = new LiveStream(name);
  const publisher = turn((now) => live.publish(now)) as Publisher;
  const canceled = new AbortController();
  let upload: Upload | undefined;
  const giveUp = (error: unknown): void => {
    turn((now) => {
      publisher.end(now);
      if (!canceled.signal.aborted) fail(refusalOf(error), now);
    });
  };
  server.publish(name, { signal: canceled.signal }).then((publication) => {
    if (canceled.signal.aborted) {
      publication.close();
      return;
    }
    const player = new Upload(publication);
    upload = player;
    turn((now) => live.play(player, now));
    void publication.closed.then((error) => error && giveUp(error));
  }, giveUp);
  return {
    write: (message, at, deadlineMs) => publisher.write(message, at, deadlineMs),
    noteGap: () => publisher.noteGap(),
    end: (at) => {
      canceled.abort();
      publisher.end(at);
      upload?.close();
    },
  };
}

function refusalOf(error: unknown): Status {
  const isName = error instanceof RtmfpError && error.code === "BAD_NAME";
  const description = messageOf(error);
  return failure(isName ? "NetStream.Publish.BadName" : "NetStream.Publish.Failed", description);
}

/** The server as a player. */
class Upload implements Player {
  readonly #publication: Publication;

  constructor(publication: Publication) {
    this.#publication = publication;
  }

  onPublish(): void {}

  onMedia({ message, deadlineMs }: MediaMessage): OutgoingMessage | undefined {
    if (this.#publication.isOpen) this.#publication.forward(message, { deadlineMs });
    return undefined;
  }

  onUnpublish(): void {
    this.close();
  }

  onFailure(): void {
    this.close();
  }

  close(): void {
    this.#publication.close();
  }
}
