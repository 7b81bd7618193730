import { type AmfObject, type AmfValue, isAmfObject } from "../../protocol/amf/value.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Command } from "../../protocol/tc/command.ts";
import type { WaitOptions } from "../options.ts";
import type { ServerLink } from "../server/server-link.ts";
import { anyOf, orAborted, wait } from "../wait.ts";
import { type Acquaintance, readAcquaintance } from "./acquaintance.ts";
import type { PeerSession } from "./peer-session.ts";

/** Whom one wants to be paired with. */
export interface PairOptions extends WaitOptions {
  /**
   * At least one has to be shared, at most 16 of at most 64 bytes.
   * @default anybody
   */
  readonly tags?: readonly string[] | undefined;
  /**
   * Peer IDs that are not wanted.
   * @default nobody
   */
  readonly avoid?: readonly string[] | undefined;
}

/** What the server says when it has found somebody, see the rendezvous protocol. */
interface Pair {
  readonly peerId: string;
  /** This end opens the session; exactly one of the two does. */
  readonly isInitiator: boolean;
  readonly known: Acquaintance;
  /** Which of our wishes it answers: one that came too late is not what we wait for now. */
  readonly ticket: AmfValue;
  /** Aborts when the server says that the partner left. */
  readonly ended: AbortController;
}

/** What has to be ready before one stands in line: strangers come at once. */
export interface Preparation {
  /** Resolves when it is, or when it cannot be. */
  readonly ready: Promise<void>;
  /** It is not needed any more. */
  release(): void;
}

/** How sessions with a stranger come about. */
export interface PairingHost {
  /** Opens a session, introduced by the server. */
  open(peerId: string, options: WaitOptions, known: Acquaintance): Promise<PeerSession>;
  /** Waits for the far end to open one. */
  expect(peerId: string, options: WaitOptions, known: Acquaintance): Promise<PeerSession>;
  /** The server has introduced the peer to us, and us to it. */
  meet(peerId: string, known: Acquaintance): void;
  /** Makes ready for sessions. */
  prepare(): Preparation;
  /** The server says that the partner left. */
  onPartnerLeft(peerId: string, reason: string): void;
}

/** Standing in line for a stranger, and leaving one for the next. */
export class Pairing {
  readonly #server: ServerLink;
  readonly #host: PairingHost;
  /** BOUNDED: a peer is in one pair at a time; the latest counts. */
  #found: Pair | undefined;
  #notify: (() => void) | undefined;
  #partner: PeerSession | undefined;
  /** Those that a server has accepted last. */
  #wishes: AmfObject | undefined;
  /** The server that we have now was told them. */
  #isKnown = false;
  /** While somebody waits in `join` or `next`; aborting it ends that. */
  #standing: AbortController | undefined;

  constructor(server: ServerLink, host: PairingHost) {
    this.#server = server;
    this.#host = host;
  }

  /** The session of the current pair, while it is open. */
  get partner(): PeerSession | undefined {
    return this.#partner?.isOpen ? this.#partner : undefined;
  }

  join(options: PairOptions): Promise<PeerSession> {
    const wishes: AmfObject = {
      tags: [...(options.tags ?? [])],
      avoid: [...(options.avoid ?? [])],
    };
    return this.#next("pairJoin", [wishes], options);
  }

  next(options: WaitOptions): Promise<PeerSession> {
    const wishes = this.#wishes;
    if (wishes && !this.#isKnown) return this.#next("pairJoin", [wishes], options);
    return this.#next("pairNext", [], options);
  }

  async leave(options: WaitOptions): Promise<void> {
    options.signal?.throwIfAborted();
    this.#standing?.abort(new RtmfpError("CLOSED", "this peer left the line"));
    this.#standing = undefined;
    this.#dropPartner();
    await this.#server.call("pairLeave", [], options);
  }

  /** The server is gone: nobody will be found any more. */
  end(): void {
    this.#isKnown = false;
    this.#standing?.abort(new RtmfpError("CLOSED", "the connection to the server ended"));
  }

  /** A command of the server. Answers false if it is none of ours. */
  onCall({ name, args: [info] }: Command): boolean {
    if (name !== "onPair" && name !== "onPairEnd") return false;
    if (!isAmfObject(info) || typeof info.peerId !== "string") return true;
    if (name === "onPair") this.#onPair(info.peerId, info);
    else this.#onPairEnd(info.peerId, typeof info.reason === "string" ? info.reason : "");
    return true;
  }

  #onPair(peerId: string, info: AmfObject): void {
    const isInitiator = info.initiator === true;
    const known = readAcquaintance(info);
    this.#host.meet(peerId, known);
    this.#found = { peerId, isInitiator, known, ticket: info.ticket, ended: new AbortController() };
    this.#notify?.();
  }

  #onPairEnd(peerId: string, reason: string): void {
    if (this.#found?.peerId === peerId) this.#found.ended.abort();
    if (this.#partner?.peerId !== peerId) return;
    this.#dropPartner();
    this.#host.onPartnerLeft(peerId, reason);
  }

  async #next(method: string, args: AmfObject[], options: WaitOptions): Promise<PeerSession> {
    options.signal?.throwIfAborted();
    if (this.#standing) throw new RtmfpError("LIMIT", "this peer stands in line already");
    const standing = new AbortController();
    this.#standing = standing;
    try {
      this.#dropPartner();
      const signal = anyOf(options.signal, standing.signal);
      this.#partner = await this.#prepared(signal, () => this.#stand(method, args, signal));
      return this.#partner;
    } catch (error) {
      if (!standing.signal.aborted) this.#server.call("pairLeave").catch(() => undefined);
      throw error;
    } finally {
      if (this.#standing === standing) this.#standing = undefined;
    }
  }

  async #prepared(signal: AbortSignal, stand: () => Promise<PeerSession>): Promise<PeerSession> {
    const preparation = this.#host.prepare();
    try {
      await orAborted(preparation.ready, { signal });
      return await stand();
    } finally {
      preparation.release();
    }
  }

  /** A partner who leaves before we have met does not count: stands in line again. */
  async #stand(method: string, args: AmfObject[], signal: AbortSignal): Promise<PeerSession> {
    for (;;) {
      const answer = await this.#server.call(method, args, { signal });
      this.#isKnown = true;
      this.#wishes = args[0] ?? this.#wishes;
      const ticket = isAmfObject(answer) ? answer.ticket : undefined;
      const pair = await this.#untilFound(ticket, { signal });
      const session = await this.#meet(pair, signal);
      if (session) return session;
    }
  }

  /** Answers undefined if the server says that the partner left. */
  async #meet(pair: Pair, signal: AbortSignal): Promise<PeerSession | undefined> {
    const { peerId, ended } = pair;
    const meet = pair.isInitiator ? this.#host.open : this.#host.expect;
    try {
      const session = await meet(peerId, { signal: anyOf(signal, ended.signal) }, pair.known);
      if (!ended.signal.aborted) return session;
      session.close();
    } catch (error) {
      if (signal.aborted || !ended.signal.aborted) throw error;
    }
    return undefined;
  }

  #untilFound(ticket: AmfValue, options: WaitOptions): Promise<Pair> {
    return wait(options, (resolve) => {
      this.#notify = () => {
        if (this.#found && this.#found.ticket === ticket) resolve(this.#found);
      };
      this.#notify();
      return () => {
        this.#notify = undefined;
      };
    });
  }

  #dropPartner(): void {
    this.#partner?.close();
    this.#partner = undefined;
  }
}
