import { isAmfObject } from "../../protocol/amf/value.ts";
import { fromHex } from "../../protocol/bytes/hex.ts";
import { peerDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Io } from "../../protocol/io.ts";
import type { OpenCandidate } from "../../protocol/session/opening.ts";
import type { Command } from "../../protocol/tc/command.ts";
import { relayAddress } from "../../protocol/wire/relay-address.ts";
import type { Network } from "../network.ts";
import type { WaitOptions } from "../options.ts";
import type { Paths } from "../paths/paths.ts";
import type { RelayLink } from "../relay/relay-link.ts";
import type { ServerLink } from "../server/server-link.ts";
import { anyOf, pause } from "../wait.ts";
import { type Acquaintance, readAcquaintance } from "./acquaintance.ts";
import { readFarContact } from "./far-contact.ts";
import type { PeerSession } from "./peer-session.ts";
import type { PeerSessions } from "./peer-sessions.ts";

export interface MeetingsHost {
  readonly io: Io;
  readonly network: Network;
  readonly sessions: PeerSessions;
  readonly paths: Paths;
  readonly server: ServerLink;
  readonly timeoutMs: number;
}

/** How sessions with other peers come about: introduced by the server, and over its relay. */
export class Meetings {
  readonly #host: MeetingsHost;
  /** For whom the relay is kept ready, by peer ID, the oldest first. BOUNDED: MAX_INTRODUCED. */
  readonly #introduced = new Map<string, () => void>();

  constructor(host: MeetingsHost) {
    this.#host = host;
  }

  /**
   * Opens a session, over the relay if there is one. `known` is what the server has told of the peer
   * already. On the terms of `Peer.session`.
   */
  async open(peerId: string, options: WaitOptions, known?: Acquaintance): Promise<PeerSession> {
    const { sessions, paths } = this.#host;
    const { relay } = paths;
    const open = sessions.with(peerId);
    if (open) return open;
    const release = relay?.hold();
    const met = new AbortController();
    const both = { signal: anyOf(options.signal, met.signal) };
    try {
      const told = known ? Promise.resolve(known) : paths.introduce(peerId, both);
      if (!relay) return await this.#openDirect(peerId, told, both);
      const fails = this.#relayFails(relay, told, both);
      const direct = fails.then(() => this.#openDirect(peerId, told, both));
      return await firstOf(direct, this.#openRelayed(relay, peerId, told, both));
    } finally {
      met.abort(new RtmfpError("CLOSED", "the session is open"));
      release?.();
    }
  }

  /** Waits for a peer to open one. */
  async expect(peerId: string, options: WaitOptions): Promise<PeerSession> {
    const { paths, sessions, timeoutMs } = this.#host;
    const release = paths.relay?.hold();
    try {
      return await sessions.expect(peerId, timeoutMs, options);
    } finally {
      release?.();
    }
  }

  /** A command of the server. Answers false if it is none of ours. */
  onCall({ name, args: [info] }: Command): boolean {
    if (name !== "onIntroduce") return false;
    if (isAmfObject(info) && typeof info.peerId === "string") {
      this.#host.paths.meet(info.peerId, readAcquaintance(info));
      this.#expectSoon(info.peerId);
    }
    return true;
  }

  /** Nobody is waited for any more. */
  close(): void {
    for (const forget of [...this.#introduced.values()]) forget();
  }

  /** Somebody is about to open a session: the relay should be ready for it. */
  #expectSoon(peerId: string): void {
    const { io, paths } = this.#host;
    this.#introduced.get(peerId)?.();
    const release = paths.relay?.hold();
    const forget = (): void => {
      alarm.set(Number.POSITIVE_INFINITY);
      this.#introduced.delete(peerId);
      release?.();
    };
    const alarm = io.alarm(forget);
    alarm.set(io.now() + INTRODUCED_MS);
    this.#introduced.set(peerId, forget);
    const [oldest] = this.#introduced.values();
    if (this.#introduced.size > MAX_INTRODUCED) oldest?.();
  }

  /**
   * Resolves when the relay is no way to the peer, or takes too long. Datagrams that come to a NAT
   * before anything has gone out there spoil some: where the relay will do, none is sent like that.
   */
  async #relayFails(
    relay: RelayLink,
    told: Promise<Acquaintance>,
    options: WaitOptions,
  ): Promise<void> {
    const isWay = async (): Promise<boolean> => {
      const { hasRelay, certificate } = await told;
      if (hasRelay && certificate) await relay.settled(RELAY_FIRST_MS);
      return hasRelay && certificate !== undefined && relay.isOpen;
    };
    const late = pause(this.#host.io, RELAY_FIRST_MS, options);
    const fails = isWay().catch(() => false);
    if (await Promise.race([fails, late.then(() => false)])) await late;
  }

  /**
   * The server tells us where the peer is, and the peer that we ask for it, RFC 7016 §3.5.1.6. Where both
   * ends know of each other already, traversal has its turn before: its probes ask for the session, too.
   * Strangers know nothing of it.
   */
  async #openDirect(
    peerId: string,
    told: Promise<Acquaintance>,
    options: WaitOptions,
  ): Promise<PeerSession> {
    const { io, server, timeoutMs } = this.#host;
    const { session } = server;
    if (!session) throw new RtmfpError("UNREACHABLE", "there is no UDP here");
    const late = pause(io, INTRODUCTION_MS, options).then(() => undefined);
    const known = await Promise.race([told.catch(() => undefined), late]);
    const far = known && !known.hasRelay && readFarContact(known.contact, known.witness);
    const delayMs = far ? TRAVERSAL_FIRST_MS : 0;
    const candidate = { ...session.destination, delayMs };
    return this.#open(peerId, candidate, timeoutMs, options);
  }

  async #openRelayed(
    relay: RelayLink,
    peerId: string,
    told: Promise<Acquaintance>,
    options: WaitOptions,
  ): Promise<PeerSession> {
    const { io, timeoutMs } = this.#host;
    const until = io.now() + timeoutMs;
    const { certificate, hasRelay } = await told;
    if (!hasRelay || !certificate) throw new RtmfpError("UNREACHABLE", "the peer has no relay");
    const candidate = { ...relayAddress(fromHex(peerId)), certificate };
    for (;;) {
      await relay.settled(timeoutMs);
      // What cannot be answered there would only keep answers over UDP from counting.
      const session = relay.isOpen ? await this.#tryRelay(peerId, candidate, options) : undefined;
      if (session) return session;
      if (io.now() >= until) throw new RtmfpError("TIMEOUT", "nobody answers over the relay");
      await pause(io, relay.isOpen ? RELAY_PAUSE_MS : NO_RELAY_PAUSE_MS, options);
    }
  }

  /** Answers undefined if nobody answers there, or not yet. */
  async #tryRelay(
    peerId: string,
    candidate: OpenCandidate,
    options: WaitOptions,
  ): Promise<PeerSession | undefined> {
    try {
      return await this.#open(peerId, candidate, RELAY_TRY_MS, options);
    } catch (error) {
      if (error instanceof RtmfpError && error.code === "TIMEOUT") return undefined;
      throw error;
    }
  }

  async #open(
    peerId: string,
    candidate: OpenCandidate,
    timeoutMs: number,
    options: WaitOptions,
  ): Promise<PeerSession> {
    const { network, sessions } = this.#host;
    const discriminator = peerDiscriminator(fromHex(peerId));
    const router = await network.open(discriminator, [candidate], timeoutMs, options);
    const session = sessions.of(router.session);
    if (!session) throw new RtmfpError("CLOSED", "the session ended at once");
    return session;
  }
}

/** Whichever is there first; if neither comes, what went wrong with the one that could have. */
async function firstOf(
  direct: Promise<PeerSession>,
  relayed: Promise<PeerSession>,
): Promise<PeerSession> {
  const impossible = (error: unknown): boolean =>
    error instanceof RtmfpError && error.code === "UNREACHABLE";
  try {
    return await Promise.any([direct, relayed]);
  } catch {
    return direct.catch((error: unknown) => {
      if (impossible(error)) return relayed;
      throw error;
    });
  }
}

/** A server that does not know how to introduce peers that way says so sooner, or says nothing. */
const INTRODUCTION_MS = 1_000;
/** Four round trips between most places. */
const TRAVERSAL_FIRST_MS = 1_000;
/** A session over the relay is open by then, wherever its ends are; then UDP is tried as well. */
const RELAY_FIRST_MS = 1_000;
/**
 * Nobody is at the other end of the relay, or not yet: meanwhile answers over UDP do not count, since
 * a peer keys with another one once at a time.
 */
const RELAY_TRY_MS = 2_500;
/** And then UDP has its turn. */
const RELAY_PAUSE_MS = 2_500;
const NO_RELAY_PAUSE_MS = 500;
/** As long as others try to open a session. */
const INTRODUCED_MS = 15_000;
const MAX_INTRODUCED = 256;
