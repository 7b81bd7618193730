import type { OutgoingMessage } from "../protocol/flow/outgoing-message.ts";
import { LiveStream, type Player, type Publisher } from "../protocol/tc/live-stream.ts";
import type { MediaMessage } from "../protocol/tc/media.ts";
import type { Publication } from "./publication.ts";
import type { ServerLink } from "./server-link.ts";

/**
 * Publishes on the server what a local program publishes to the gateway. The server's consent takes
 * a round trip; a live stream in between keeps what the server needs first, and it joins late.
 */
export function uploadTo(server: ServerLink, name: string, now: number): Publisher {
  const live = new LiveStream(name);
  const publisher = live.publish(now) as Publisher;
  const canceled = new AbortController();
  let upload: Upload | undefined;
  server.publish(name, { signal: canceled.signal }).then(
    (publication) => {
      upload = new Upload(publication);
      live.play(upload, now);
    },
    () => publisher.end(now),
  );
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

/** The server as a player. */
class Upload implements Player {
  readonly #publication: Publication;

  constructor(publication: Publication) {
    this.#publication = publication;
  }

  onPublish(): void {}

  onMedia({ message, deadlineMs }: MediaMessage): OutgoingMessage | undefined {
    this.#publication.forward(message, { deadlineMs });
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
