import { messageOf, RtmfpError } from "../../protocol/errors.ts";
import { CacheBudget } from "../../protocol/tc/cache-budget.ts";
import type { Playable, Publisher } from "../../protocol/tc/live-stream.ts";
import type { FailPublish } from "../../protocol/tc/server-application.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";
import type { GatewaySource, GatewayStreams } from "../gateway/gateway-streams.ts";
import type { Peer } from "../peer.ts";
import type { PeerSession } from "../sessions/peer-session.ts";
import { RemoteStream } from "./remote-stream.ts";
import { uploadTo } from "./server-upload.ts";

/** The streams that programs on this machine can reach through a peer's gateway. */
export class PeerStreams implements GatewayStreams {
  readonly #peer: Peer;
  /** By owner and name. BOUNDED: by the players of the gateway, and those are its connections. */
  readonly #remote = new Map<string, Remote>();
  readonly #budget = new CacheBudget();
  #partner: PeerSession | undefined;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  /** The partner of the pair has changed: whoever plays a partner's stream now plays this one's. */
  setPartner(partner: PeerSession | undefined): void {
    this.#partner = partner;
    this.#peer.turn((now) => {
      for (const [key, { stream }] of this.#remote) {
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

  publishServer(name: string, _now: number, fail: FailPublish): Publisher {
    const peer = this.#peer;
    return uploadTo(peer.server, name, (change) => peer.turn(change), fail);
  }

  play(owner: GatewaySource, name: string, now: number): Playable | Status {
    const peer = this.#peer;
    if (owner === "local" || owner === peer.id) return peer.streams.find(name);
    const key = `${owner}/${name}`;
    const remote = this.#remote.get(key) ?? this.#add(key, name);
    if (owner === "pair") remote.stream.setSource(this.#partner, now);
    else if (owner === "server") remote.stream.setSource(peer.server, now);
    else if (!remote.stream.hasSource) this.#reach(owner, remote);
    return remote.stream;
  }

  #add(key: string, name: string): Remote {
    const onIdle = (): void => {
      remote.reaching?.abort();
      this.#remote.delete(key);
    };
    const remote: Remote = {
      stream: new RemoteStream(name, (change) => this.#peer.turn(change), onIdle, this.#budget),
      reaching: undefined,
    };
    this.#remote.set(key, remote);
    return remote;
  }

  /** Opens the session that the stream comes from, while players wait. */
  #reach(peerId: string, remote: Remote): void {
    if (remote.reaching) return;
    const peer = this.#peer;
    const reaching = new AbortController();
    remote.reaching = reaching;
    const finish = (act: (now: number) => void): void => {
      remote.reaching = undefined;
      if (!reaching.signal.aborted) peer.turn(act);
    };
    peer.session(peerId, { signal: reaching.signal }).then(
      (source) => finish((now) => remote.stream.setSource(source, now)),
      (error: unknown) => {
        const why = messageOf(error);
        const status = failure("NetStream.Play.StreamNotFound", why);
        finish((now) => remote.stream.fail(status, now));
      },
    );
  }
}

/** A far end's stream that somebody plays here. */
interface Remote {
  readonly stream: RemoteStream;
  /** While its peer is being reached. */
  reaching: AbortController | undefined;
}
