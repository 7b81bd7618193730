import type { Peer } from "../../peer/peer.ts";
import type { PeerSession } from "../../peer/sessions/peer-session.ts";
import { createIdentity } from "../../protocol/crypto/identity.ts";
import { type StoredIdentity, storeIdentity } from "../../protocol/crypto/stored-identity.ts";
import { labPrimitives, type NatClass, Prng, placeBehind } from "../../test/lab/index.ts";
import type { MeetingResult, MeetingWay } from "./meeting-result.ts";
import { World } from "./world.ts";

/** Two peers that the server is to pair, and the NATs that they are behind. */
export interface MeetingPlan {
  readonly initiator: NatClass;
  readonly responder: NatClass;
  /** Another pair does other things with the same seed: chance is not the same for all of them. */
  readonly seed: number;
  /** How long a direct path may take, ms since they were paired. */
  readonly limitMs: number;
}

/** Lets two peers meet in a world of their own, each a server round trip of 40 ms away from the server. */
export async function meet({
  initiator,
  responder,
  seed,
  limitMs,
}: MeetingPlan): Promise<MeetingResult> {
  const random = new Prng(seed, `${initiator.key} ${responder.key}`);
  const conditions = { delayMs: ROUND_TRIP_MS / 2 };
  const world = await World.start({ seed: random.u32(), conditions });
  const meeting = new Meeting(world, limitMs);
  await meeting.enter(responder, 0);
  await meeting.enter(initiator, 1);
  await world.lab.advance(SETTLE_MS);
  const result = await meeting.run();
  await world.close();
  return result;
}

class Meeting {
  readonly #world: World;
  readonly #limitMs: number;
  readonly #peers: Peer[] = [];
  readonly #sessions: PeerSession[] = [];
  #pairedAt = 0;
  #heard = 0;
  #firstMessageMs: number | undefined;

  constructor(world: World, limitMs: number) {
    this.#world = world;
    this.#limitMs = limitMs;
  }

  async enter(natClass: NatClass, index: number): Promise<void> {
    const { host } = placeBehind(this.#world.lab, natClass, PUBLIC_IPS[index] ?? "");
    const connecting = this.#world.connect(host, { identity: identities[index] });
    const peer = await this.#world.lab.complete(connecting, CONNECT_MS);
    peer.handle("hello", () => this.#onHello());
    this.#peers.push(peer);
  }

  async run(): Promise<MeetingResult> {
    const { lab, server } = this.#world;
    server?.once("pair", () => {
      this.#pairedAt = lab.now;
    });
    for (const peer of this.#peers) {
      // The first stands in line when the second comes, who is the initiator.
      await lab.advance(JOIN_MS);
      void this.#pair(peer);
    }
    await lab.runUntil(() => this.#isOver, 2 * JOIN_MS + this.#limitMs);
    const directMs = this.#isDirect ? this.#directSince - this.#pairedAt : undefined;
    return { way: this.#way, firstMessageMs: this.#firstMessageMs, directMs };
  }

  async #pair(peer: Peer): Promise<void> {
    try {
      const session = await peer.pair();
      this.#sessions.push(session);
      await session.call("hello");
    } catch {
      // Nobody was reached: the result says so.
    }
  }

  #onHello(): null {
    this.#heard += 1;
    if (this.#heard === 2) this.#firstMessageMs = this.#world.lab.now - this.#pairedAt;
    return null;
  }

  get #isOver(): boolean {
    if (this.#heard === 2 && this.#isDirect) return true;
    return this.#pairedAt > 0 && this.#world.lab.now > this.#pairedAt + this.#limitMs;
  }

  get #isDirect(): boolean {
    return (
      this.#sessions.length === 2 && this.#sessions.every(({ path }) => path.kind === "direct")
    );
  }

  /** When the later of the two went over to its direct path. */
  get #directSince(): number {
    return Math.max(...this.#sessions.map(({ path }) => path.sinceMs));
  }

  get #way(): MeetingWay {
    if (this.#heard < 2) return "none";
    const ways = this.#sessions.map(({ path }) => path.way);
    // One end may have followed the other before it knew by which plan that came through.
    return HARDEST_FIRST.find((way) => ways.includes(way)) ?? "direct";
  }
}

/** Made once: to make keys takes longer than many a meeting. */
const identities: readonly StoredIdentity[] = [1, 2].map((seed) => {
  const random = new Prng(seed, "identity");
  const primitives = labPrimitives((length) => random.bytes(length));
  return storeIdentity(createIdentity(primitives, { kind: "static", groups: [31] }));
});

const PUBLIC_IPS = ["203.0.113.1", "203.0.113.2"];
const ROUND_TRIP_MS = 40;
/** More than a peer takes, which tries UDP first, and gives up after 15 s. */
const CONNECT_MS = 20_000;
/** As long as it takes a peer to find out what kind of NAT it has. */
const SETTLE_MS = 4_000;
/** As long as it takes to make the relay ready, and to stand in line. */
const JOIN_MS = 1_000;
/** Of the ways of two ends, the one that says more. */
const HARDEST_FIRST = ["relay", "tcp", "scan", "birthday", "predict"] as const;
