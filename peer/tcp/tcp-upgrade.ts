import type { Alarm, Io } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { TcpStream } from "../platform.ts";
import { TcpAttempt, type TcpAttemptHost } from "./tcp-attempt.ts";
import { dialable, ownTcpCandidates, type TcpMapping } from "./tcp-candidates.ts";
import { TcpKeeper } from "./tcp-keeper.ts";
import type { TcpSignal } from "./tcp-signal.ts";

/** The session that is to be moved, and the world around it. */
export interface TcpUpgradeHost
  extends Pick<TcpAttemptHost, "attach" | "detach" | "probe" | "isInUse"> {
  readonly io: Io;
  /** This end proposes, and chooses among connections: the one that opened the session. */
  readonly leads: boolean;
  /** May this end be reached over UDP? */
  readonly hasUdp: boolean;
  readonly kind: "direct" | "relay" | "tcp";
  /** Undefined: there is no connection to the relay, or one through HTTP. */
  readonly mapping: TcpMapping | undefined;
  interfaces(): readonly string[];
  dial(to: Address, localPort: number, signal: AbortSignal): Promise<TcpStream>;
  tell(signal: TcpSignal): void;
}

/** Moves one session from the relay to a TCP connection between the two peers, if that can be. */
export class TcpUpgrade {
  readonly #host: TcpUpgradeHost;
  readonly #keeper: TcpKeeper;
  readonly #alarm: Alarm;
  #kind: TcpUpgradeHost["kind"] | undefined;
  #attempt: TcpAttempt | undefined;
  #number = 0;
  #offeredAt = 0;
  /** Until when the answer to our offer is waited for. */
  #answerBy = Number.POSITIVE_INFINITY;
  /** What the far end has offered, until it says "go". */
  #joined: { readonly attempt: number; readonly candidates: readonly Address[] } | undefined;
  /** When connections that are not needed any more are closed. */
  #letGoAt = Number.POSITIVE_INFINITY;
  #mayJoinAt = Number.NEGATIVE_INFINITY;
  /** Offers that were followed since the session was on TCP. */
  #joins = 0;
  #askAt = Number.POSITIVE_INFINITY;
  #isStopped = false;

  constructor(host: TcpUpgradeHost) {
    this.#host = host;
    this.#keeper = new TcpKeeper({ random: () => (host.io.random(1)[0] ?? 0) / 256 });
    this.#alarm = host.io.alarm(() => this.#advance());
    this.update();
  }

  /** The session is on another path, or may be. */
  update(): void {
    const { io, kind, hasUdp, leads } = this.#host;
    const now = io.now();
    const was = this.#kind;
    this.#kind = kind;
    this.#letGoAt = Number.POSITIVE_INFINITY;
    if (kind === "tcp") {
      this.#keeper.onTcp(now);
      this.#joins = 0;
      this.#attempt?.onMoved();
    } else if (kind === "direct") {
      this.#keeper.onDirect();
      this.#letGoAt = now + LET_GO_MS;
    } else {
      if (was === "tcp") this.#drop();
      if (leads) this.#keeper.onRelay(hasUdp, now);
      else if (was === undefined && !hasUdp) this.#askAt = now + ASK_AFTER_MS;
    }
    this.#setAlarm();
  }

  /** From the far end. */
  onSignal(signal: TcpSignal): void {
    if (this.#isStopped) return;
    const now = this.#host.io.now();
    if (signal.type === "ask") this.#keeper.onUdpBlocked(now);
    else if (signal.type === "offer") this.#join(signal.attempt, signal.candidates, now);
    else if (signal.type === "answer") this.#go(signal.attempt, signal.candidates, now);
    else if (signal.attempt === this.#joined?.attempt) {
      this.#start(this.#joined.candidates, now);
      this.#joined = undefined;
    }
    this.#setAlarm();
  }

  /** The peer is closing: what is there may be used to the end, nothing is begun. */
  stop(): void {
    this.#isStopped = true;
    this.#setAlarm();
    this.#attempt?.stop();
  }

  /** The session is over. */
  close(): void {
    this.stop();
    this.#drop();
  }

  #advance(): void {
    const now = this.#host.io.now();
    if (now >= this.#letGoAt) {
      this.#letGoAt = Number.POSITIVE_INFINITY;
      this.#drop();
    }
    if (now >= this.#askAt) {
      this.#askAt = Number.POSITIVE_INFINITY;
      this.#host.tell({ type: "ask" });
    }
    if (now >= this.#answerBy) {
      this.#answerBy = Number.POSITIVE_INFINITY;
      this.#keeper.onFailed(now);
    }
    if (this.#keeper.take(now)) this.#offer(now);
    this.#setAlarm();
  }

  #offer(now: number): void {
    const { mapping } = this.#host;
    this.#drop();
    if (!mapping) {
      this.#keeper.onFailed(now);
      return;
    }
    this.#number += 1;
    this.#offeredAt = now;
    this.#answerBy = now + ANSWER_MS;
    this.#host.tell({ type: "offer", attempt: this.#number, candidates: this.#own(mapping) });
  }

  /** The way there takes half of what the answer took: both ends dial when it is over. */
  #go(attempt: number, candidates: readonly Address[], now: number): void {
    if (attempt !== this.#number || now >= this.#answerBy) return;
    this.#answerBy = Number.POSITIVE_INFINITY;
    this.#host.tell({ type: "go", attempt });
    this.#start(candidates, now + (now - this.#offeredAt) / 2);
  }

  #join(attempt: number, candidates: readonly Address[], now: number): void {
    const { leads, mapping, kind } = this.#host;
    // Who makes us dial places of his choice does so less and less often.
    if (leads || !mapping || kind !== "relay" || now < this.#mayJoinAt) return;
    this.#mayJoinAt = now + OFFERS_APART_MS * 2 ** Math.min(this.#joins, MAX_DOUBLINGS);
    this.#joins += 1;
    this.#drop();
    this.#host.tell({ type: "answer", attempt, candidates: this.#own(mapping) });
    this.#joined = { attempt, candidates };
  }

  #start(candidates: readonly Address[], startAt: number): void {
    const { mapping, leads } = this.#host;
    if (!mapping || this.#host.kind !== "relay") return;
    const whom = dialable(candidates, this.#own(mapping), mapping);
    const host: TcpAttemptHost = {
      io: this.#host.io,
      attach: (stream, to, onClosed) => this.#host.attach(stream, to, onClosed),
      detach: (link) => this.#host.detach(link),
      probe: (link) => this.#host.probe(link),
      isInUse: (link) => this.#host.isInUse(link),
      dial: (to, signal) => this.#host.dial(to, mapping.localPort, signal),
      onOver: () => {
        this.#keeper.onFailed(this.#host.io.now());
        this.#setAlarm();
      },
    };
    this.#attempt = new TcpAttempt(host, whom, startAt, leads);
  }

  #own(mapping: TcpMapping): Address[] {
    return ownTcpCandidates(mapping, this.#host.interfaces());
  }

  #drop(): void {
    this.#attempt?.close();
    this.#attempt = undefined;
  }

  #setAlarm(): void {
    const next = Math.min(this.#keeper.timeout, this.#answerBy, this.#letGoAt, this.#askAt);
    this.#alarm.set(this.#isStopped ? Number.POSITIVE_INFINITY : next);
  }
}

/** The server passes signals on at once. */
const ANSWER_MS = 4_000;
/** By then the session is open at the far end, too. */
const ASK_AFTER_MS = 200;
/** The far end follows to the direct path by then, and does not fall back to the relay first. */
const LET_GO_MS = 10_000;
/** The far end's attempts are further apart, after every failure and when connections break. */
const OFFERS_APART_MS = 1_500;
const MAX_DOUBLINGS = 6;
