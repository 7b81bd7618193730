import { isAmfObject } from "../protocol/amf/value.ts";
import { fromHex, toHex } from "../protocol/bytes/hex.ts";
import { peerDiscriminator } from "../protocol/crypto/endpoint-discriminator.ts";
import { RtmfpError } from "../protocol/errors.ts";
import type { Io } from "../protocol/io.ts";
import type { OpenCandidate } from "../protocol/session/opening.ts";
import type { Session } from "../protocol/session/session.ts";
import type { Command } from "../protocol/tc/command.ts";
import { relayAddress } from "../protocol/wire/relay-address.ts";
import { type Acquaintance, readAcquaintance } from "./acquaintance.ts";
import type { Network } from "./network.ts";
import type { WaitOptions } from "./options.ts";
import type { Preparation } from "./pairing.ts";
import type { PeerSession } from "./peer-session.ts";
import type { PeerSessions } from "./peer-sessions.ts";
import { DirectProbes } from "./relay/direct-probes.ts";
import type { RelayLink } from "./relay/relay-link.ts";
import type { ServerLink } from "./server-link.ts";
import type { TcpUpgrades } from "./traversal/tcp/tcp-upgrades.ts";
import { anyOf, pause } from "./wait.ts";

export interface MeetingsHost {
  readonly io: Io;
  readonly network: Network;
  readonly sessions: PeerSessions;
  /** Undefined: there is none here. */
  readonly relay: RelayLink | undefined;
  /** Undefined: there is no relay, or no TCP besides. */
  readonly tcp: TcpUpgrades | undefined;
  readonly server: ServerLink;
  readonly timeoutMs: number;
}

/** How sessions with other peers come about: introduced by the server, and over its relay. */
export class Meetings {
  readonly #host: MeetingsHost;
  readonly #watched = new WeakSet<PeerSession>();
  /** Who may open a session soon, by peer ID, the oldest first. BOUNDED: MAX_INTRODUCED. */
  readonly #introduced = new Map<string, Introduced>();

  constructor(host: MeetingsHost) {
    this.#host = host;
  }

  /** Makes the relay ready, if there is one. */
  prepare(): Preparation | undefined {
    const { relay } = this.#host;
    if (!relay) return undefined;
    const release = relay.hold();
    return { ready: relay.settled(PREPARE_MS), release };
  }

  /**
   * Opens a session on every way at once. `known` is what the server has told of the peer already. On
   * the terms of `Peer.session`.
   */
  async open(peerId: string, options: WaitOptions, known?: Acquaintance): Promise<PeerSession> {
    const { relay, sessions } = this.#host;
    const open = sessions.with(peerId);
    if (open) return open;
    const release = relay?.hold();
    const met = new AbortController();
    const both = { signal: anyOf(options.signal, met.signal) };
    try {
      const relayed = relay && this.#openRelayed(relay, peerId, both, known);
      const direct = this.#openDirect(peerId, both);
      const session = await firstOf(direct, relayed);
      if (known) this.#watch(session, known);
      return session;
    } finally {
      met.abort(new RtmfpError("CLOSED", "the session is open"));
      release?.();
    }
  }

  /** Waits for a peer to open one. */
  async expect(peerId: string, options: WaitOptions, known: Acquaintance): Promise<PeerSession> {
    const { relay, sessions, timeoutMs } = this.#host;
    const release = relay?.hold();
    try {
      const session = await sessions.expect(peerId, timeoutMs, options);
      this.#watch(session, known);
      return session;
    } finally {
      release?.();
    }
  }

  /** A command of the server. Answers false if it is none of ours. */
  onCall(command: Command): boolean {
    if (this.#host.tcp?.onCall(command)) return true;
    const { name, args } = command;
    const [info] = args;
    if (name !== "onIntroduce") return false;
    if (isAmfObject(info) && typeof info.peerId === "string") {
      this.#expectSoon(info.peerId, readAcquaintance(info));
    }
    return true;
  }

  /** A session is open, whoever opened it: it may go on over the relay when its path dies. */
  added(session: Session): void {
    const { relay, sessions } = this.#host;
    if (!relay) return;
    session.otherAddresses.add(relayAddress(session.terms.farCertificate.fingerprint));
    session.setLimits({ elsewhereMs: ELSEWHERE_MS });
    relay.update();
    const { fingerprint } = session.terms.farCertificate;
    const introduced = this.#introduced.get(toHex(fingerprint));
    const opened = sessions.of(session);
    if (opened) this.#host.tcp?.watch(opened, session);
    if (introduced && opened) this.#watch(opened, introduced.known);
  }

  /** Nobody is waited for any more. */
  close(): void {
    this.#host.tcp?.stop();
    for (const { forget } of [...this.#introduced.values()]) forget();
  }

  /** Somebody is about to open a session: the relay should be ready for it. */
  #expectSoon(peerId: string, known: Acquaintance): void {
    const { io, relay } = this.#host;
    this.#introduced.get(peerId)?.forget();
    const release = relay?.hold();
    const forget = (): void => {
      alarm.set(Number.POSITIVE_INFINITY);
      this.#introduced.delete(peerId);
      release?.();
    };
    const alarm = io.alarm(forget);
    alarm.set(io.now() + INTRODUCED_MS);
    this.#introduced.set(peerId, { known, forget });
    const [oldest] = this.#introduced.values();
    if (this.#introduced.size > MAX_INTRODUCED) oldest?.forget();
  }

  /** While the session runs over the relay, a direct path is looked for. */
  #watch(session: PeerSession, { addresses }: Acquaintance): void {
    const { io, network, sessions, relay } = this.#host;
    const beneath = sessions.beneath(session);
    if (!beneath || !relay || this.#watched.has(session)) return;
    this.#watched.add(session);
    const probes = new DirectProbes(() => {
      for (const address of addresses) network.tryPaths(beneath, address);
    }, io);
    const update = (): void => {
      if (session.isOpen && session.path.kind !== "direct") probes.start();
      else probes.stop();
    };
    session.on("path", update);
    session.once("closed", () => probes.stop());
    update();
  }

  /** The server tells us where the peer is, and the peer that we ask for it, RFC 7016 §3.5.1.6. */
  #openDirect(peerId: string, options: WaitOptions): Promise<PeerSession> {
    const { session } = this.#host.server;
    if (!session) return Promise.reject(new RtmfpError("UNREACHABLE", "there is no UDP here"));
    return this.#open(peerId, session.destination, this.#host.timeoutMs, options);
  }

  async #openRelayed(
    relay: RelayLink,
    peerId: string,
    options: WaitOptions,
    known: Acquaintance | undefined,
  ): Promise<PeerSession> {
    const { io, server, timeoutMs } = this.#host;
    const until = io.now() + timeoutMs;
    const told = known ?? readAcquaintance(await server.call("introduce", [peerId], options));
    const { certificate, hasRelay } = told;
    if (!hasRelay || !certificate) throw new RtmfpError("UNREACHABLE", "the peer has no relay");
    const candidate = { ...relayAddress(fromHex(peerId)), certificate };
    for (;;) {
      await relay.settled(timeoutMs);
      // What cannot be answered there would only keep answers over UDP from counting.
      const session = relay.isOpen ? await this.#tryRelay(peerId, candidate, options) : undefined;
      if (session) {
        this.#watch(session, told);
        return session;
      }
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
  relayed: Promise<PeerSession> | undefined,
): Promise<PeerSession> {
  if (!relayed) return direct;
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

interface Introduced {
  readonly known: Acquaintance;
  forget(): void;
}

/** A relay that takes longer to connect to does not make up for the wait. */
const PREPARE_MS = 2_000;
/**
 * Nobody is at the other end of the relay, or not yet: meanwhile answers over UDP do not count, since
 * a peer keys with another one once at a time.
 */
const RELAY_TRY_MS = 2_500;
/** And then UDP has its turn. */
const RELAY_PAUSE_MS = 2_500;
const NO_RELAY_PAUSE_MS = 500;
/** After so much silence of the far end, at traffic, the relay is asked for it. */
const ELSEWHERE_MS = 500;
/** As long as others try to open a session. */
const INTRODUCED_MS = 15_000;
const MAX_INTRODUCED = 256;
