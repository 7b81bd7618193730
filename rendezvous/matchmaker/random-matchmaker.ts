import { customRandom, urlAlphabet } from "nanoid";
import { Ring } from "../../protocol/bytes/ring.ts";
import { Schedule } from "../../protocol/bytes/schedule.ts";
import { Refusal } from "../refusal.ts";
import type {
  Matchmaker,
  MatchmakerStats,
  PairEndReason,
  PairOutcome,
  PairRequest,
} from "./matchmaker.ts";
import { Member } from "./member.ts";
import { WaitingLine } from "./waiting-line.ts";

export interface RandomMatchmakerOptions {
  /** `length` unpredictable bytes. */
  readonly random: (length: number) => Uint8Array;
  /**
   * Two who have met lately and wait, with nobody else who would do, meet again when one of them has
   * waited so long, ms. Without it "next" would bring back the same partner, who has just come back
   * into line too.
   * @default 3 000
   */
  readonly repeatAfterMs?: number | undefined;
  /**
   * Peers that have joined and are still connected.
   * @default 65 536
   */
  readonly maxMembers?: number | undefined;
}

/**
 * Pairs everybody with somebody at random who would do: of the same application, with a tag in
 * common (or both without), not of different languages, and neither avoids the other.
 */
export class RandomMatchmaker implements Matchmaker {
  readonly #line: WaitingLine;
  /** BOUNDED: maxMembers. */
  readonly #members = new Map<string, Member>();
  /** When those who wait look for somebody whom they have met before. */
  readonly #repeats = new Schedule<Member>();
  readonly #outcomes = new Ring<PairOutcome>();
  readonly #pairs = new Set<Member>();
  readonly #newTicket: () => string;
  readonly #repeatAfterMs: number;
  readonly #maxMembers: number;

  constructor(options: RandomMatchmakerOptions) {
    const { random, repeatAfterMs = REPEAT_AFTER_MS, maxMembers = MAX_MEMBERS } = options;
    this.#line = new WaitingLine((limit) => below(random, limit));
    this.#newTicket = customRandom(urlAlphabet, TICKET_LENGTH, random);
    this.#repeatAfterMs = repeatAfterMs;
    this.#maxMembers = maxMembers;
  }

  get stats(): MatchmakerStats {
    return { waiting: this.#line.size, pairs: this.#pairs.size };
  }

  get timeout(): number {
    return this.#repeats.earliest;
  }

  join(peerId: string, request: PairRequest, now: number): string {
    const member = this.#members.get(peerId) ?? this.#enroll(peerId, request);
    const isWaiting = member.state === "WAITING";
    if (isWaiting && isSame(member.request, request)) return member.ticket;
    if (!isWaiting) member.ticket = this.#newTicket();
    this.#withdraw(member, "next");
    member.request = request;
    return this.#stand(member, now);
  }

  next(peerId: string, now: number): string {
    const member = this.#members.get(peerId);
    if (!member) throw new Refusal("NOT_JOINED", "there was no pairJoin yet");
    return this.join(peerId, member.request, now);
  }

  leave(peerId: string): void {
    const member = this.#members.get(peerId);
    if (member) this.#withdraw(member, "leave");
  }

  report(peerId: string, aboutId: string): void {
    const member = this.#members.get(peerId);
    if (!member?.hasMetId(aboutId)) {
      throw new Refusal("NOT_A_PARTNER", "only partners can be reported");
    }
    member.noteReport(aboutId);
  }

  remove(peerId: string): void {
    const member = this.#members.get(peerId);
    if (!member) return;
    this.#withdraw(member, "disconnect");
    this.#members.delete(peerId);
  }

  advance(now: number): void {
    for (let due = this.#repeats.takeDue(now); due; due = this.#repeats.takeDue(now)) {
      const found = this.#find(due, now);
      if (found) this.#pair(due, found);
    }
  }

  poll(): PairOutcome | undefined {
    return this.#outcomes.shift();
  }

  *pairs(): Iterable<readonly [string, string]> {
    for (const { peerId, partner } of this.#pairs) if (partner) yield [peerId, partner.peerId];
  }

  #enroll(peerId: string, request: PairRequest): Member {
    if (this.#members.size >= this.#maxMembers) {
      throw new Refusal("FULL", `${this.#maxMembers} peers have joined`);
    }
    const member = new Member(peerId, request);
    this.#members.set(peerId, member);
    return member;
  }

  /** Pairs the member if anybody would do; else it waits. Answers its ticket. */
  #stand(member: Member, now: number): string {
    member.waitingSince = now;
    const found = this.#find(member, now);
    if (found) {
      this.#pair(member, found);
    } else {
      member.state = "WAITING";
      this.#line.add(member);
      this.#repeats.set(member, now + this.#repeatAfterMs);
    }
    return member.ticket;
  }

  /** Those who have not met go first. */
  #find(seeker: Member, now: number): Member | undefined {
    const would = (other: Member): boolean =>
      other !== seeker && !seeker.avoids(other) && !other.avoids(seeker);
    const haveMet = (other: Member): boolean => seeker.hasMet(other) || other.hasMet(seeker);
    const hasWaited = (member: Member): boolean => now >= member.waitingSince + this.#repeatAfterMs;
    return (
      this.#line.find(seeker.request, (other) => would(other) && !haveMet(other)) ??
      this.#line.find(
        seeker.request,
        (other) => would(other) && (hasWaited(seeker) || hasWaited(other)),
      )
    );
  }

  /** The one who came last initiates. */
  #pair(newcomer: Member, other: Member): void {
    const tags = newcomer.request.tags.filter((tag) => other.request.tags.includes(tag));
    for (const [member, partner] of [
      [newcomer, other],
      [other, newcomer],
    ] as const) {
      this.#leaveLine(member);
      member.state = "PAIRED";
      member.partner = partner;
      member.noteMeeting(partner);
      const { peerId, ticket } = member;
      const initiator = member === newcomer;
      const partnerId = partner.peerId;
      this.#outcomes.push({ type: "paired", peerId, partnerId, initiator, tags, ticket });
    }
    this.#pairs.add(newcomer);
  }

  /** Out of the line or the pair; the partner is told. */
  #withdraw(member: Member, reason: PairEndReason): void {
    this.#leaveLine(member);
    member.state = "IDLE";
    const { partner } = member;
    if (!partner) return;
    for (const one of [member, partner]) {
      one.partner = undefined;
      one.state = "IDLE";
      this.#pairs.delete(one);
    }
    const { peerId } = partner;
    this.#outcomes.push({ type: "ended", peerId, partnerId: member.peerId, reason });
  }

  #leaveLine(member: Member): void {
    if (member.state !== "WAITING") return;
    this.#line.delete(member);
    this.#repeats.set(member, Number.POSITIVE_INFINITY);
  }
}

function isSame(one: PairRequest, other: PairRequest): boolean {
  return (
    one.app === other.app &&
    one.language === other.language &&
    hasSame(new Set(one.tags), new Set(other.tags)) &&
    hasSame(one.avoid, other.avoid)
  );
}

function hasSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((value) => other.has(value));
}

/** A whole number from 0 to `limit` - 1; which of them is a little likelier does not matter here. */
function below(random: (length: number) => Uint8Array, limit: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = random(4);
  return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % limit;
}

const REPEAT_AFTER_MS = 3_000;
/** As many as peers are connected at most. */
const MAX_MEMBERS = 65_536;
/** 126 bits: nobody guesses somebody else's. */
const TICKET_LENGTH = 21;
