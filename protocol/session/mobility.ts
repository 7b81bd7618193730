import type { Crypto } from "../crypto/crypto.ts";
import {
  MOBILITY_PING_INTERVAL_MS,
  PATH_CHANGE_PING_INTERVAL_MS,
  PATH_SILENCE_MS,
  UNPROVEN_MOVE_PINGS,
} from "../params.ts";
import { isSimilarPath, type LinkId, type Path, samePath } from "./events.ts";
import { PathProof } from "./path-proof.ts";
import type { RoundTrip } from "./round-trip.ts";
import type { Transmission } from "./transmission.ts";

/** What Mobility asks of its session. */
export interface MobilityHost {
  readonly crypto: Pick<Crypto, "random">;
  /** Sends a Ping with this message to `path`, and nowhere else. */
  ping(path: Path, message: Uint8Array): void;
  readonly roundTrip: Pick<RoundTrip, "restart" | "timeoutMs">;
  readonly transmission: Pick<Transmission, "changePath">;
  /** The session goes on over `to`. */
  moved(from: Path, to: Path): void;
  /** See LinkTraits. */
  rank(link: LinkId): number;
  isVouched(link: LinkId): boolean;
  /** Of several equal paths the two ends must choose the same: this end does, and the other follows. */
  readonly decides: boolean;
}

/**
 * Where the far end is, RFC 7016 §3.5.3 and §3.5.4.2. A packet from elsewhere proves nothing, anybody
 * may send a copy of it: the session moves when a Ping that was sent there is answered from there.
 *
 * Transcribed-Flash far ends answer such a Ping with an empty message, which proves nothing either. So
 * the place where they were is asked as well, and the session follows them only when that is silent:
 * who sends copies from elsewhere cannot silence the far end itself.
 *
 * Behind a NAT whose mappings depend on the destination, the far end answers from another port than the
 * one that was asked. What it returns has arrived there all the same: we know where it was sent to.
 * Then whatever comes from its IP address is heard on the path in use, as long as that is proven anew.
 *
 * Where paths differ in rank, the better one is taken as soon as it is proven, and the worse one only
 * when the better has fallen silent: then the far end may have left it, or nothing gets through. On a link
 * that is vouched for nobody sends in the far end's name: who is heard there need not prove it.
 */
export class Mobility {
  readonly #host: MobilityHost;
  readonly #proof: PathProof;
  #path: Path;
  /** MOB_TX_TS, and whom we asked then. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #asked: Path | undefined;
  /** When something was last heard on the path in use. */
  #heardHereAt: number;
  /** We know of several paths as good as the one in use: the far end may be heard on any of them. */
  #hasEquals = false;
  /** The latest timestamp of the far end, and when it came. */
  #newestTicks = 0;
  #newestAt = Number.NEGATIVE_INFINITY;
  /** The far end copies the messages of our Pings, as it should. */
  #provesItself = false;
  /** The far end hears us on the path in use, and is heard from other ports. */
  #isCrooked = false;
  #provenAt = Number.NEGATIVE_INFINITY;
  #unproven: { readonly path: Path; pings: number; nextAt: number } | undefined;

  constructor(host: MobilityHost, path: Path, now: number) {
    this.#host = host;
    this.#proof = new PathProof(host.crypto);
    this.#path = path;
    this.#heardHereAt = now;
  }

  get path(): Path {
    return this.#path;
  }

  /** When something was last heard on the path in use. */
  get heardHereAt(): number {
    return this.#heardHereAt;
  }

  get timeout(): number {
    return this.#unproven?.nextAt ?? Number.POSITIVE_INFINITY;
  }

  /** An authentic packet, with this timestamp, came over `path`. */
  noteHeard(path: Path, timestampTicks: number | undefined, now: number): void {
    const isNewest = this.#noteTicks(timestampTicks, now);
    if (samePath(path, this.#path)) {
      this.#unproven = undefined;
      this.#heardHereAt = now;
      return;
    }
    if (this.#isHeardBeside(path, now)) {
      this.#heardHereAt = now;
      this.#askAgain(now);
      return;
    }
    const gain = this.#gain(path);
    // The far end may ask there, too, and a question is something heard: both would ask for ever.
    if (gain < 0 && !this.#isSilent(now)) return;
    if (gain < 0 && isNewest && this.#host.isVouched(path.link)) {
      this.#move(path, undefined, now);
      return;
    }
    const intervalMs = gain === 0 ? MOBILITY_PING_INTERVAL_MS : PATH_CHANGE_PING_INTERVAL_MS;
    if ((isNewest || gain !== 0) && now - this.#askedAt >= intervalMs) {
      this.#askedAt = now;
      this.#asked = path;
      this.ask(path, now);
    }
  }

  /** Asks for the far end where nothing was heard of it yet. */
  probe(path: Path, now: number): void {
    if (this.#gain(path) >= 0) this.#hasEquals = true;
    this.ask(path, now);
  }

  /** Asks for the far end at `path`: if it answers, the session moves there. */
  ask(path: Path, now: number): void {
    this.#host.ping(path, this.#proof.issue(path, now));
  }

  /** A Ping Reply. */
  takeReply(message: Uint8Array, path: Path, now: number): void {
    if (message.length === 0) this.#takeEmptyReply(path, now);
    const proven = this.#proof.accept(message, path, now);
    if (!proven) return;
    this.#provesItself = true;
    const isHere = samePath(proven.path, this.#path);
    if (!isHere && !this.#isPreferred(proven.path, now)) return;
    if (isHere) this.#heardHereAt = now;
    else this.#move(proven.path, proven.roundTripMs, now);
    this.#isCrooked = !samePath(proven.path, path);
    this.#provenAt = now;
  }

  /** Our own end has moved to another link. */
  changeLink(link: LinkId, now: number): void {
    this.#move({ link, address: this.#path.address }, undefined, now);
  }

  advance(now: number): void {
    const unproven = this.#unproven;
    if (!unproven || now < unproven.nextAt) return;
    if (unproven.pings < UNPROVEN_MOVE_PINGS) this.#askWhereItWas(unproven, now);
    else this.#move(unproven.path, undefined, now);
  }

  /** Is the far end, which answers from other ports, heard from one of those? */
  #isHeardBeside(path: Path, now: number): boolean {
    if (!this.#isCrooked || !isSimilarPath(path, this.#path)) return false;
    // As long as both were silent nobody asked.
    if (now - this.#heardHereAt >= PROVEN_MS) this.#provenAt = now;
    return now - this.#provenAt < PROVEN_MS;
  }

  /** The far end is heard, but does it hear us? */
  #askAgain(now: number): void {
    if (now - this.#askedAt < MOBILITY_PING_INTERVAL_MS) return;
    this.#askedAt = now;
    this.#asked = this.#path;
    this.ask(this.#path, now);
  }

  #gain(path: Path): number {
    const { rank } = this.#host;
    return path.link === this.#path.link ? 0 : rank(path.link) - rank(this.#path.link);
  }

  /** Is a path that is proven now to be taken instead of the one in use? */
  #isPreferred(path: Path, now: number): boolean {
    const gain = this.#gain(path);
    if (gain > 0 || (gain === 0 && !(this.#host.decides && this.#hasEquals))) return true;
    return this.#isSilent(now);
  }

  /** Is nothing heard on the path in use, for so long that its rank does not count any more? */
  #isSilent(now: number): boolean {
    return now - this.#heardHereAt >= Math.max(PATH_SILENCE_MS, this.#host.roundTrip.timeoutMs);
  }

  #takeEmptyReply(path: Path, now: number): void {
    const isAsked = this.#asked !== undefined && samePath(path, this.#asked);
    if (this.#provesItself || this.#unproven || !isAsked || samePath(path, this.#path)) return;
    this.#unproven = { path, pings: 0, nextAt: now };
    this.#askWhereItWas(this.#unproven, now);
  }

  #askWhereItWas(unproven: { pings: number; nextAt: number }, now: number): void {
    unproven.pings += 1;
    unproven.nextAt = now + MOBILITY_PING_INTERVAL_MS;
    this.ask(this.#path, now);
  }

  /** On a similar path the congestion window goes on as it is. */
  #move(to: Path, roundTripMs: number | undefined, now: number): void {
    const from = this.#path;
    this.#path = to;
    this.#heardHereAt = now;
    this.#asked = undefined;
    this.#unproven = undefined;
    this.#host.roundTrip.restart(roundTripMs);
    this.#host.transmission.changePath(isSimilarPath(from, to));
    this.#host.moved(from, to);
  }

  /**
   * Answers false for a packet that was sent before another that was heard already: late ones from
   * where the far end was must not call the session back.
   */
  #noteTicks(ticks: number | undefined, now: number): boolean {
    if (ticks === undefined) return true;
    const later = (ticks - this.#newestTicks) & 0xffff;
    const isComparable = now - this.#newestAt < TICKS_COMPARABLE_MS;
    if (isComparable && (later === 0 || later > 0x7fff)) return false;
    this.#newestTicks = ticks;
    this.#newestAt = now;
    return true;
  }
}

/** The far end's clock goes round in 262 s; which of two timestamps is later shows in half of that. */
const TICKS_COMPARABLE_MS = 100_000;
/** Three questions may be lost, or their answers. */
const PROVEN_MS = 4 * MOBILITY_PING_INTERVAL_MS;
