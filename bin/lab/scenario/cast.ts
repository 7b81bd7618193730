import type { Peer } from "../../../peer/peer.ts";
import type { PeerSession } from "../../../peer/sessions/peer-session.ts";
import { messageOf } from "../../../protocol/errors.ts";
import { wayOf } from "../../reach.ts";
import type { World } from "../world.ts";
import type { ScenarioPeer } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { Talk, type TalkSummary } from "./talk.ts";

/** Something that happened: to whom, what, and in words. */
export type Tell = (
  who: string,
  what: string,
  fields: Readonly<Record<string, unknown>>,
  text: string,
) => void;

/** What fails is a part of the story. */
export function tellFailure(tell: Tell, who: string, what: string, error: unknown): void {
  const why = messageOf(error);
  tell(who, "failed", { what, why }, `${what}: ${why}`);
}

/** The peers of a scenario: what they do, and what they tell of what happens to them. */
export class Cast {
  readonly #world: World;
  readonly #stage: Stage;
  readonly #tell: Tell;
  readonly #peers = new Map<string, Promise<Peer>>();
  readonly #names = new Map<string, string>();
  readonly #talks: Talk[] = [];
  #pairs = 0;

  constructor(world: World, stage: Stage, tell: Tell) {
    this.#world = world;
    this.#stage = stage;
    this.#tell = tell;
  }

  get talks(): readonly TalkSummary[] {
    return this.#talks.map(({ summary }) => summary);
  }

  /** Connects to the server. */
  enter({ name, transport }: ScenarioPeer): void {
    const connecting = this.#world.connect(this.#stage.host(name), {
      transport,
      portMapping: false,
    });
    this.#peers.set(name, connecting);
    connecting.then(
      (peer) => this.#watch(name, peer),
      (error: unknown) => this.#failed(name, "cannot connect", error),
    );
  }

  /** Both stand in line for each other alone; the first comes last, and so initiates. */
  async pair([initiator, responder]: readonly [string, string]): Promise<void> {
    this.#pairs += 1;
    const tags = [`pair ${this.#pairs}`];
    const waiting = this.#standInLine(responder, tags);
    // Both make the relay ready first; the other has to stand in line by then.
    await this.#pause(HEAD_START_MS);
    await Promise.all([waiting, this.#standInLine(initiator, tags)]);
  }

  /** Tells something every so often, until `forMs` have passed. */
  async send(from: string, to: string, everyMs: number, forMs: number): Promise<void> {
    const talk = new Talk(from, to);
    const index = this.#talks.push(talk) - 1;
    const [sender, receiver] = [await this.#peers.get(from), await this.#peers.get(to)];
    if (!sender || !receiver) return;
    const endAt = this.#world.lab.now + forMs;
    const say = (): void => {
      const number = talk.next();
      const session = sender.sessions.find(({ peerId }) => peerId === receiver.id);
      session?.call("note", [index, number]).catch(() => undefined);
      const nextAt = this.#world.lab.now + everyMs;
      if (nextAt <= endAt) alarm.set(nextAt);
    };
    const alarm = this.#stage.host(from).io.alarm(say);
    say();
  }

  async leave(name: string): Promise<void> {
    const peer = await this.#peers.get(name);
    await peer?.close();
  }

  #watch(name: string, peer: Peer): void {
    this.#names.set(peer.id, name);
    const kind = peer.server.session ? "UDP" : "TCP";
    this.#tell(name, "connected", { peerId: peer.id, over: kind }, `is connected over ${kind}`);
    peer.on("nat", (nat) => {
      const words = nat.udp === "blocked" ? "no UDP gets through" : natWords(nat);
      this.#tell(name, "nat", { nat }, `knows its NAT: ${words}`);
    });
    peer.on("debug", (text) => this.#tell(name, "debug", { text }, text));
    peer.on("session", (session) => this.#watchSession(name, session));
    peer.on("disconnected", () => this.#tell(name, "disconnected", {}, "has lost the server"));
    peer.on("reconnected", () => this.#tell(name, "reconnected", {}, "has found the server again"));
    peer.handle("note", (_session, index, number) => {
      this.#talks[Number(index)]?.arrived(Number(number), this.#world.lab.now);
      return null;
    });
  }

  #watchSession(name: string, session: PeerSession): void {
    const far = this.#names.get(session.peerId) ?? session.peerId.slice(0, 12);
    const tellPath = (): void => {
      const { kind, address, rttMs } = session.path;
      this.#tell(
        name,
        "path",
        { peer: far, kind, address, rttMs },
        `talks to ${far} ${wayOf(session.path)}`,
      );
    };
    tellPath();
    session.on("path", tellPath);
    session.once("closed", (error) => {
      const why = error ? `: ${error.message}` : "";
      this.#tell(
        name,
        "ended",
        { peer: far, reason: error?.code },
        `no longer talks to ${far}${why}`,
      );
    });
  }

  async #standInLine(name: string, tags: readonly string[]): Promise<void> {
    try {
      const peer = await this.#peers.get(name);
      const session = await peer?.pair({ tags });
      const far = this.#names.get(session?.peerId ?? "");
      if (session) this.#tell(name, "paired", { peer: far }, `is paired with ${far}`);
    } catch (error) {
      this.#failed(name, "is not paired", error);
    }
  }

  #failed(name: string, what: string, error: unknown): void {
    tellFailure(this.#tell, name, what, error);
  }

  #pause(ms: number): Promise<void> {
    const { io } = this.#world.serverHost;
    return new Promise((resolve) => {
      io.alarm(resolve).set(io.now() + ms);
    });
  }
}

function natWords(nat: Peer["nat"]): string {
  if (nat.isTranslated === false) return `none, but ${nat.filtering} filtering`;
  const { mapping, filtering, allocation } = nat;
  return `${mapping} mapping, ${filtering} filtering, ${allocation.type} ports`;
}

const HEAD_START_MS = 500;
