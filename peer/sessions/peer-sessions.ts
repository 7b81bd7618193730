import { RtmfpError } from "../../protocol/errors.ts";
import type { Io } from "../../protocol/io.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { AcceptTransport, FlowRouter } from "../../protocol/tc/flow-router.ts";
import type { FlowTransport } from "../../protocol/tc/flow-transport.ts";
import type { Playable } from "../../protocol/tc/live-stream.ts";
import { NetConnection } from "../../protocol/tc/net-connection.ts";
import { PeerStreamPublisher } from "../../protocol/tc/peer-stream.ts";
import type { Status } from "../../protocol/tc/status.ts";
import type { MediaDeadlines } from "../../protocol/tc/stream-sender.ts";
import type { WaitOptions } from "../options.ts";
import { wait } from "../wait.ts";
import { Callee, type Procedure } from "./calls.ts";
import { type PathPlaces, PeerSession } from "./peer-session.ts";

export interface PeerSessionsHost {
  readonly turn: <Value>(change: (now: number) => Value) => Value;
  readonly io: Io;
  readonly places: PathPlaces;
  /** A stream of ours that a far end wants to play. */
  find(name: string): Playable | Status;
  readonly deadlines: MediaDeadlines | undefined;
  onSession(session: PeerSession): void;
  onEnd(session: Session): void;
}

/** The sessions with other peers, and what those may do in them: play our streams, call us. */
export class PeerSessions {
  /** What far ends may call. */
  readonly procedures: Map<string, Procedure<PeerSession>> = new Map();
  readonly #host: PeerSessionsHost;
  /** BOUNDED: by the endpoint's sessions. */
  readonly #sessions = new Map<Session, PeerSession>();
  /** Advised by the server, ms; undefined: the endpoint's own. */
  #keepaliveMs: number | undefined;
  readonly #expected = new Map<string, (session: PeerSession) => void>();

  constructor(host: PeerSessionsHost) {
    this.#host = host;
  }

  /** A session is open; answers what to do with the flows that its far end starts. */
  add(router: FlowRouter): AcceptTransport {
    const session = new PeerSession(router, this.#host.turn, this.#host.places);
    this.#sessions.set(router.session, session);
    router.session.setLimits({ keepaliveMs: this.#keepaliveMs });
    this.#host.onSession(session);
    this.#expected.get(session.peerId)?.(session);
    const callee = new Callee(this.procedures, this.#host.turn, session);
    return (transport, streamId) => {
      transport.handler =
        streamId === 0 ? connection(transport, callee) : this.#publisher(transport, streamId);
      return true;
    };
  }

  get open(): PeerSession[] {
    return [...this.#sessions.values()].filter((session) => session.isOpen);
  }

  of(session: Session): PeerSession | undefined {
    return this.#sessions.get(session);
  }

  /** For all sessions with peers, now and later: how long each may be silent, ms. */
  setKeepalive(keepaliveMs: number): void {
    this.#keepaliveMs = keepaliveMs;
    for (const session of this.#sessions.keys()) session.setLimits({ keepaliveMs });
  }

  /** What carries the open session with a peer. */
  beneath(peerId: string): Session | undefined {
    const open = this.with(peerId);
    for (const [session, other] of this.#sessions) if (other === open) return session;
    return undefined;
  }

  /** The open session with a peer. */
  with(peerId: string): PeerSession | undefined {
    return this.open.find((session) => session.peerId === peerId);
  }

  /** Waits for a peer to open a session. Rejects with `TIMEOUT` or the signal's reason. */
  expect(peerId: string, timeoutMs: number, options: WaitOptions): Promise<PeerSession> {
    const { io } = this.#host;
    const known = this.with(peerId);
    if (known) return Promise.resolve(known);
    return wait(options, (resolve, reject) => {
      const alarm = io.alarm(() => {
        this.#expected.delete(peerId);
        reject(new RtmfpError("TIMEOUT", "the other peer did not come"));
      });
      const stop = (): void => {
        alarm.set(Number.POSITIVE_INFINITY);
        this.#expected.delete(peerId);
      };
      alarm.set(io.now() + timeoutMs);
      this.#expected.set(peerId, (session) => {
        stop();
        resolve(session);
      });
      return stop;
    });
  }

  delete(session: Session, error: RtmfpError | undefined): void {
    const ended = this.#sessions.get(session);
    this.#sessions.delete(session);
    ended?.emit("closed", error);
    this.#host.onEnd(session);
  }

  /** RFC 7425 §5.4: a flow on a stream of its own wants to play. */
  #publisher(transport: FlowTransport, streamId: number): PeerStreamPublisher {
    const { find, deadlines } = this.#host;
    return new PeerStreamPublisher(transport, streamId, find, deadlines);
  }
}

/** A flow on stream 0 carries calls. */
function connection(transport: FlowTransport, callee: Callee<PeerSession>): NetConnection {
  const net: NetConnection = new NetConnection(transport, {
    onCommand: (command, _streamId, now) => callee.onCommand(net, command, now),
    onMessage: () => undefined,
    onEnd: () => undefined,
  });
  return net;
}
