import type { AmfObject, AmfValue } from "../../protocol/amf/value.ts";
import { type Rate, TokenBucket } from "../rate-limit.ts";
import { Refusal } from "../refusal.ts";
import type { Matchmaker, PairEndReason, PairOutcome } from "./matchmaker.ts";
import { readPairReport, readPairRequest } from "./pair-request.ts";

/** A connection whose peer can be paired. */
export interface PairingClient {
  readonly peerId: string;
  readonly app: string;
  /** What its partner is told of the peer: see Introducible. */
  readonly introduction: AmfObject;
  /** Sends a command that wants no answer. */
  notify(name: string, info: AmfObject, now: number): void;
}

/** What the owner of a server may want to know. */
export interface PairingListener {
  onPair(initiatorId: string, responderId: string, tags: readonly string[]): void;
  onPairEnd(peerId: string, partnerId: string, reason: PairEndReason): void;
  onReport(peerId: string, aboutId: string, reason: string): void;
}

/** The pairing commands of clients, and what they hear of the matchmaker. */
export class PairingCommands {
  readonly #matchmaker: Matchmaker;
  readonly #listener: PairingListener;
  /** The connection on which a peer joined last. BOUNDED: by the matchmaker's members. */
  readonly #standing = new Map<string, Standing>();

  constructor(matchmaker: Matchmaker, listener: PairingListener) {
    this.#matchmaker = matchmaker;
    this.#listener = listener;
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    return this.#matchmaker.timeout;
  }

  /** Throws Refusal, as the other commands do. */
  join(client: PairingClient, [wishes]: readonly AmfValue[], now: number): AmfObject {
    const { peerId, app } = client;
    const commands = this.#standing.get(peerId)?.commands ?? new TokenBucket(COMMAND_RATE, now);
    spend(commands, now);
    const ticket = this.#matchmaker.join(peerId, readPairRequest(app, wishes), now);
    this.#standing.set(peerId, { client, commands });
    return { ticket };
  }

  next(client: PairingClient, now: number): AmfObject {
    const standing = this.#standing.get(client.peerId);
    if (!standing) throw new Refusal("NOT_JOINED", "there was no pairJoin yet");
    spend(standing.commands, now);
    return { ticket: this.#matchmaker.next(client.peerId, now) };
  }

  leave(client: PairingClient, now: number): AmfObject {
    this.#matchmaker.leave(client.peerId, now);
    return {};
  }

  report(client: PairingClient, [report]: readonly AmfValue[], now: number): AmfObject {
    const standing = this.#standing.get(client.peerId);
    if (!standing) throw new Refusal("NOT_A_PARTNER", "there was no pairJoin yet");
    spend(standing.commands, now);
    const { peerId, reason } = readPairReport(report);
    this.#matchmaker.report(client.peerId, peerId);
    this.#listener.onReport(client.peerId, peerId, reason);
    return {};
  }

  /** The connection ended; the peer may have joined on another since. */
  end(client: PairingClient, now: number): void {
    if (this.#standing.get(client.peerId)?.client !== client) return;
    this.#standing.delete(client.peerId);
    this.#matchmaker.remove(client.peerId, now);
  }

  advance(now: number): void {
    this.#matchmaker.advance(now);
  }

  /** Tells peers what happened. After the answers to their commands, which name their tickets. */
  tell(now: number): void {
    for (let outcome = this.#matchmaker.poll(); outcome; outcome = this.#matchmaker.poll()) {
      this.#tell(outcome, now);
    }
  }

  #tell(outcome: PairOutcome, now: number): void {
    const { type, peerId, partnerId } = outcome;
    const client = this.#standing.get(peerId)?.client;
    if (type === "paired") {
      const { initiator, ticket } = outcome;
      const tags = [...outcome.tags];
      const partner = this.#standing.get(partnerId)?.client.introduction;
      client?.notify("onPair", { ...partner, peerId: partnerId, initiator, tags, ticket }, now);
      if (initiator) this.#listener.onPair(peerId, partnerId, tags);
    } else {
      const { reason } = outcome;
      client?.notify("onPairEnd", { peerId: partnerId, reason }, now);
      this.#listener.onPairEnd(partnerId, peerId, reason);
    }
  }
}

interface Standing {
  readonly client: PairingClient;
  /** What the peer may do: every command may take somebody out of the line or out of a pair. */
  readonly commands: TokenBucket;
}

function spend(commands: TokenBucket, now: number): void {
  if (!commands.take(now)) throw new Refusal("TOO_FAST", "wait a second");
}

/** People click through strangers at one a second at most. */
const COMMAND_RATE: Rate = { perSecond: 2, burst: 20 };
