import { RtmfpError } from "../protocol/errors.ts";
import type { Playable, Publisher } from "../protocol/tc/live-stream.ts";
import { failure, type Status } from "../protocol/tc/status.ts";
import type { GatewaySource, GatewayStreams } from "./gateway/gateway-streams.ts";
import type { Peer } from "./peer.ts";
import type { PeerSession } from "./peer-session.ts";
import { RemoteStream } from "./remote-stream.ts";
import { uploadTo } from "./server-upload.ts";

/** The streams that programs on this machine can reach through a peer's gateway. */
export class PeerStreams implements GatewayStreams {
  readonly #peer: Peer;
  /** By owner and name. BOUNDED: by the players of the gateway, and those are its connections. */
  readonly #remote = new Map<string, RemoteStream>();

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  /** The partner of the pair has changed: whoever plays a partner's stream now plays this one's. */
  setPartner(partner: PeerSession | undefined): void {
    this.#peer.turn((now) => {
      for (const [key, stream] of this.#remote) {
        if (key.startsWith("pair/")) stream.setSource(partner, now);
      }
    });
  }

  publishLocal(name: string): Publisher | Status {
    const peer = this.#peer;
    try {
      const publisher = peer.turn((now) => peer.streams.publish(name, now));
      return {
        write: (message, _now, deadlineMs) =>
          peer.turn((now) => publisher.write(message, now, deadlineMs)),
        noteGap: () => publisher.noteGap(),
        end: () => peer.turn((now) => publisher.end(now)),
      };
    } catch (error) {
      if (!(error instanceof RtmfpError)) throw error;
      return failure("NetStream.Publish.BadName", error.message);
    }
  }

  publishServer(name: string, now: number): Publisher {
    return uploadTo(this.#peer.server, name, now);
  }

  play(owner: GatewaySource, name: string, now: number): Playable | Status {
    if (owner === "local") return this.#peer.streams.find(name);
    const key = `${owner}/${name}`;
    const known = this.#remote.get(key);
    if (known) return known;
    const stream = new RemoteStream(name, () => this.#remote.delete(key));
    this.#remote.set(key, stream);
    if (owner === "pair") stream.setSource(this.#peer.partner, now);
    else if (owner === "server") stream.setSource(this.#peer.server, now);
    else this.#reach(owner, stream);
    return stream;
  }

  /** Opens the session that the stream comes from, while players wait. */
  #reach(peerId: string, stream: RemoteStream): void {
    const peer = this.#peer;
    peer.session(peerId).then(
      (source) => peer.turn((now) => stream.setSource(source, now)),
      (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        const status = failure("NetStream.Play.StreamNotFound", why);
        peer.turn((now) => stream.fail(status, now));
      },
    );
  }
}
