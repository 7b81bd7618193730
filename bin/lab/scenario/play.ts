import { Capture } from "../../../test/lab/index.ts";
import { World } from "../world.ts";
import { Cast, type Tell, tellFailure } from "./cast.ts";
import type { Act, Scenario } from "./scenario.ts";
import { Stage } from "./stage.ts";
import type { TalkSummary } from "./talk.ts";

/** Tells what happened, at a virtual time in ms. */
export type TellAt = (atMs: number, ...told: Parameters<Tell>) => void;

export interface Played {
  readonly talks: readonly TalkSummary[];
  /** What passed the line of each host that was captured, as pcapng files. */
  readonly captures: ReadonlyMap<string, Uint8Array>;
}

/**
 * Plays a scenario to its end; `captured` are hosts whose packets are kept from the start. Throws
 * ScenarioError for what shows only then, such as addresses that are taken.
 */
export async function play(
  scenario: Scenario,
  captured: readonly string[],
  tell: TellAt,
  signal?: AbortSignal,
): Promise<Played> {
  const { seed, internet, hasRelay, peers, events, endMs } = scenario;
  const world = await World.start({ seed, conditions: internet, relay: hasRelay });
  const player = new Player(world, scenario, tell);
  player.do({ type: "capture", hosts: captured });
  const starts = peers.map((peer) => ({
    atMs: peer.startsAtMs,
    run: () => player.cast.enter(peer),
  }));
  const acts = events.map(({ atMs, act }) => ({ atMs, run: () => player.do(act) }));
  for (const { atMs, run } of [...starts, ...acts].sort((one, other) => one.atMs - other.atMs)) {
    await advance(world, atMs, signal);
    run();
  }
  await advance(world, endMs, signal);
  const played = { talks: player.cast.talks, captures: player.captures() };
  player.stop();
  await world.close();
  return played;
}

/** In steps, so that a signal is heeded. */
async function advance(
  world: World,
  untilMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { lab } = world;
  while (lab.now < untilMs) {
    signal?.throwIfAborted();
    await lab.run(Math.min(untilMs, lab.now + STEP_MS));
  }
}

class Player {
  readonly cast: Cast;
  readonly #world: World;
  readonly #stage: Stage;
  readonly #tell: Tell;
  readonly #captures = new Map<string, Capture>();
  #isOver = false;

  constructor(world: World, scenario: Scenario, tell: TellAt) {
    this.#world = world;
    this.#tell = (...told) => {
      if (!this.#isOver) tell(world.lab.now, ...told);
    };
    this.#stage = new Stage(world, scenario);
    this.cast = new Cast(world, this.#stage, this.#tell);
  }

  /** What follows is no longer part of the story. */
  stop(): void {
    this.#isOver = true;
  }

  captures(): Map<string, Uint8Array> {
    return new Map([...this.#captures].map(([name, capture]) => [name, capture.bytes()]));
  }

  do(act: Act): void {
    switch (act.type) {
      case "pair":
        this.#start(act.peers[0], "is not paired", this.cast.pair(act.peers));
        break;
      case "send":
        this.#tell(
          act.from,
          "sends",
          { ...act },
          `tells ${act.to} something every ${act.everyMs} ms`,
        );
        this.#start(
          act.from,
          "cannot tell it",
          this.cast.send(act.from, act.to, act.everyMs, act.forMs),
        );
        break;
      case "leave":
        this.#tell(act.peer, "leaves", {}, "leaves");
        this.#start(act.peer, "cannot leave", this.cast.leave(act.peer));
        break;
      case "server":
        this.#tell("server", act.isUp ? "starts" : "ends", {}, act.isUp ? "starts" : "ends");
        if (act.isUp) this.#start("server", "cannot start", this.#world.startServer());
        else this.#start("server", "cannot end", this.#world.stopServer());
        break;
      case "capture":
        for (const host of act.hosts) this.#capture(host);
        break;
      default:
        this.#change(act);
    }
  }

  /** What goes on while the story does. */
  #start(who: string, what: string, done: Promise<unknown>): void {
    done.catch((error: unknown) => tellFailure(this.#tell, who, what, error));
  }

  /** Of the network. */
  #change(act: Extract<Act, { type: "rebind" | "reboot" | "move" | "link" | "path" }>): void {
    switch (act.type) {
      case "rebind":
        this.#tell(act.router, "rebinds", {}, "forgets its mappings");
        this.#stage.router(act.router).rebind();
        break;
      case "reboot":
        this.#reboot(act.router, act.forMs);
        break;
      case "move":
        this.#tell(act.what, "moves", { ip: act.ip }, `has the address ${act.ip} from now on`);
        this.#stage.move(act.what, act.ip);
        break;
      case "link":
        this.#tell(act.of, "link", act.change, `has another line: ${JSON.stringify(act.change)}`);
        this.#stage.setLink(act.of, act.change);
        break;
      case "path": {
        const [one, other] = act.between;
        const text = `and ${other} have another way: ${JSON.stringify(act.change)}`;
        this.#tell(one, "path-change", { to: other, ...act.change }, text);
        this.#stage.setPath(act.between, act.change);
      }
    }
  }

  #reboot(name: string, forMs: number): void {
    const { io } = this.#world.serverHost;
    this.#tell(name, "reboots", { forMs }, "starts anew");
    const { loss } = this.#stage.router(name).up.conditions;
    this.#stage.setLink(name, { loss: 1 });
    io.alarm(() => {
      this.#stage.router(name).rebind();
      this.#stage.setLink(name, { loss });
      this.#tell(name, "rebooted", {}, "is back, without its mappings");
    }).set(io.now() + forMs);
  }

  #capture(name: string): void {
    if (!this.#captures.has(name)) this.#captures.set(name, new Capture(this.#stage.host(name)));
  }
}

/** Of virtual time; in real time much less. */
const STEP_MS = 1_000;
