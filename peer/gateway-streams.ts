import { RtmfpError } from "../protocol/errors.ts";
import type { Playable, Publisher } from "../protocol/tc/live-stream.ts";
import { failure, type Status } from "../protocol/tc/status.ts";
import type { Peer } from "./peer.ts";
import type { PeerSession } from "./peer-session.ts";
import { nodePlatform } from "./platform.ts";
import { RemoteStream } from "./remote-stream.ts";
import { uploadTo } from "./server-upload.ts";
import type { StreamSource } from "./stream-source.ts";

/** Whose streams: this peer's own, its partner's, the server's, or those of a peer by its ID. */
export type StreamOwner = "local" | "pair" | "server" | string;

/** The streams that programs on this machine can reach through a peer. */
export class PeerStreams {
  readonly #peer: Peer;
  readonly #now: () => number;
  /** By owner and name. BOUNDED: by the players of the gateway, and those are its connections. */
  readonly #remote = new Map<string, RemoteStream>();

  /** `now` is the clock of the peer's world. */
  constructor(peer: Peer, now: () => number = nodePlatform.io.now) {
    this.#peer = peer;
    this.#now = now;
  }

  /** The partner of the pair has changed: whoever plays a partner's stream now plays this one's. */
  setPartner(partner: PeerSession | undefined): void {
    for (const [key, stream] of this.#remote) {
      if (key.startsWith("pair/")) stream.setSource(partner, this.#now());
    }
  }

  publishLocal(name: string, now: number): Publisher | Status {
    try {
      return this.#peer.streams.publish(name, now);
    } catch (error) {
      if (!(error instanceof RtmfpError)) throw error;
      return failure("NetStream.Publish.BadName", error.message);
    }
  }

  publishServer(name: string, now: number): Publisher {
    return uploadTo(this.#peer.server, name, now);
  }

  play(owner: StreamOwner, name: string, now: number): Playable | Status {
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
    this.#peer.session(peerId).then(
      (source: StreamSource) => stream.setSource(source, this.#now()),
      (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        stream.fail(failure("NetStream.Play.StreamNotFound", why), this.#now());
      },
    );
  }
}
