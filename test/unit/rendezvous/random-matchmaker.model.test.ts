import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PairRequest } from "../../../rendezvous/matchmaker/matchmaker.ts";
import { RandomMatchmaker } from "../../../rendezvous/matchmaker/random-matchmaker.ts";
import { Prng } from "../../lab/index.ts";

const REPEAT_AFTER_MS = 100;
const IDS = ["a", "b", "c", "d", "e", "f"];

type Step =
  | { readonly act: "join"; readonly id: string; readonly request: PairRequest }
  | { readonly act: "next" | "leave" | "remove" | "report"; readonly id: string }
  | { readonly act: "wait"; readonly ms: number };

const id = fc.constantFrom(...IDS);
const request: fc.Arbitrary<PairRequest> = fc.record({
  app: fc.constantFrom("chat", "chat", "chat", "game"),
  tags: fc.uniqueArray(fc.constantFrom("x", "y", "z"), { maxLength: 2 }),
  avoid: fc.uniqueArray(id, { maxLength: 2 }).map((ids) => new Set(ids)),
  language: fc.constantFrom(undefined, undefined, "en", "de"),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant("join" as const), id, request }) },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constantFrom("next" as const, "leave" as const, "remove" as const, "report" as const),
      id,
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("wait" as const), ms: fc.nat(150) }) },
);

interface Peer {
  request: PairRequest;
  state: "IDLE" | "WAITING" | "PAIRED";
  ticket: string;
  partner: string | undefined;
  since: number;
  readonly met: Set<string>;
  readonly reported: Set<string>;
}

/** What should be so, written down without any thought of speed. */
class Model {
  readonly line: RandomMatchmaker;
  readonly peers = new Map<string, Peer>();
  now = 0;

  constructor(seed: number) {
    const random = new Prng(seed);
    this.line = new RandomMatchmaker({
      random: (length) => random.bytes(length),
      repeatAfterMs: REPEAT_AFTER_MS,
    });
  }

  run(next: Step): void {
    if (next.act === "wait") this.#wait(next.ms);
    else if (next.act === "join") this.#join(next.id, next.request);
    else if (this.peers.has(next.id)) this[next.act](next.id);
    this.#check();
  }

  next(name: string): void {
    this.#join(name, this.#peer(name).request);
  }

  leave(name: string): void {
    this.#part(name, "leave");
    this.line.leave(name);
    this.#hear();
  }

  remove(name: string): void {
    this.#part(name, "disconnect");
    this.line.remove(name);
    this.peers.delete(name);
    this.#hear();
  }

  report(name: string): void {
    const { partner, reported } = this.#peer(name);
    if (partner === undefined) return;
    this.line.report(name, partner);
    reported.add(partner);
  }

  #expectedEnds: string[] = [];

  #join(name: string, wanted: PairRequest): void {
    const before = this.peers.get(name);
    const isSame = JSON.stringify(before?.request, asList) === JSON.stringify(wanted, asList);
    const keepsPlace = before?.state === "WAITING" && isSame;
    if (!keepsPlace) this.#part(name, "next");
    const ticket = this.line.join(name, wanted, this.now);
    assert.equal(ticket === before?.ticket, before?.state === "WAITING" || keepsPlace);
    const met = before?.met ?? new Set();
    const reported = before?.reported ?? new Set();
    const since = keepsPlace ? before.since : this.now;
    const state = "WAITING";
    const partner = undefined;
    this.peers.set(name, { request: wanted, state, ticket, partner, since, met, reported });
    this.#hear();
  }

  #part(name: string, reason: string): void {
    const peer = this.peers.get(name);
    if (!peer) return;
    const partner = peer.partner === undefined ? undefined : this.#peer(peer.partner);
    if (partner) {
      this.#expectedEnds.push(`${peer.partner} ${name} ${reason}`);
      Object.assign(partner, { state: "IDLE", partner: undefined });
    }
    // `join` asks for the state it was in: a waiting one keeps its ticket.
    if (peer.state === "PAIRED" || reason !== "next") peer.state = "IDLE";
    peer.partner = undefined;
  }

  #wait(ms: number): void {
    this.now += ms;
    if (this.now >= this.line.timeout) this.line.advance(this.now);
    this.#hear();
  }

  /** Takes the outcomes and checks each by itself. */
  #hear(): void {
    const ends: string[] = [];
    const initiators = new Map<string, boolean>();
    for (let outcome = this.line.poll(); outcome; outcome = this.line.poll()) {
      const { peerId, partnerId } = outcome;
      if (outcome.type === "ended") {
        ends.push(`${peerId} ${partnerId} ${outcome.reason}`);
        continue;
      }
      const [peer, partner] = [this.#peer(peerId), this.#peer(partnerId)];
      assert.notEqual(peerId, partnerId);
      assert.equal(peer.state, "WAITING");
      assert.equal(outcome.ticket, peer.ticket);
      assert.ok(this.#wouldDo(peerId, partnerId));
      const isRepeat = this.#haveMet(peerId, partnerId);
      if (isRepeat) assert.ok(this.#hasWaited(peer) || this.#hasWaited(partner));
      const shared = peer.request.tags.filter((tag) => partner.request.tags.includes(tag));
      assert.deepEqual(new Set(outcome.tags), new Set(shared));
      initiators.set(peerId, outcome.initiator);
      Object.assign(peer, { state: "PAIRED", partner: partnerId });
      if (partner.state !== "PAIRED") continue;
      assert.equal(partner.partner, peerId);
      assert.notEqual(initiators.get(peerId), initiators.get(partnerId));
      if (isRepeat) this.#checkNobodyNewWaits(peerId, partnerId);
      peer.met.add(partnerId);
      partner.met.add(peerId);
    }
    assert.deepEqual(ends, this.#expectedEnds);
    this.#expectedEnds = [];
  }

  /** Two met again: then nobody waits with whom the one who looked could have been paired instead. */
  #checkNobodyNewWaits(...pair: string[]): void {
    const couldHaveMetSomebodyNew = pair.every((name) =>
      [...this.peers.keys()].some(
        (other) =>
          this.#peer(other).state === "WAITING" &&
          this.#wouldDo(name, other) &&
          !this.#haveMet(name, other),
      ),
    );
    assert.ok(!couldHaveMetSomebodyNew);
  }

  #check(): void {
    const waiting = [...this.peers].filter(([, { state }]) => state === "WAITING");
    const paired = [...this.peers].filter(([, { state }]) => state === "PAIRED");
    assert.deepEqual(this.line.stats, { waiting: waiting.length, pairs: paired.length / 2 });
    for (const [name, { partner }] of paired) assert.equal(this.#peer(partner).partner, name);
    for (const [one, oneOf] of waiting) {
      for (const [other, otherOf] of waiting) {
        if (!this.#wouldDo(one, other)) continue;
        assert.ok(this.#haveMet(one, other), `${one} and ${other} wait for each other`);
        assert.ok(!this.#hasWaited(oneOf) && !this.#hasWaited(otherOf), `${one} and ${other}`);
      }
    }
  }

  #wouldDo(one: string, other: string): boolean {
    if (one === other) return false;
    const [a, b] = [this.#peer(one), this.#peer(other)];
    const shares =
      (a.request.tags.length === 0 && b.request.tags.length === 0) ||
      a.request.tags.some((tag) => b.request.tags.includes(tag));
    const [l, m] = [a.request.language, b.request.language];
    const avoids = [a.request.avoid, a.reported].some((set) => set.has(other));
    const isAvoided = [b.request.avoid, b.reported].some((set) => set.has(one));
    const speaks = l === undefined || m === undefined || l === m;
    return a.request.app === b.request.app && shares && speaks && !avoids && !isAvoided;
  }

  #haveMet(one: string, other: string): boolean {
    return this.#peer(one).met.has(other) || this.#peer(other).met.has(one);
  }

  #hasWaited({ since }: Peer): boolean {
    return this.now >= since + REPEAT_AFTER_MS;
  }

  #peer(name: string | undefined): Peer {
    const peer = this.peers.get(name ?? "");
    assert.ok(peer, `${name} is not known`);
    return peer;
  }
}

function asList(_: string, value: unknown): unknown {
  return value instanceof Set || Array.isArray(value)
    ? [...value].sort((a, b) => (a < b ? -1 : 1))
    : value;
}

test("any steps: never oneself, never two partners, and everybody who can be paired is", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), fc.nat(), (steps, seed) => {
      const model = new Model(seed);
      for (const next of steps) model.run(next);
    }),
    { numRuns: 2_000 },
  );
});
