import assert from "node:assert/strict";
import { Lab } from "../../lab/index.ts";
import { perform, type Stage } from "./acts.ts";
import { End } from "./end.ts";
import { checkArrived, checkOutcomes, checkPair } from "./laws.ts";
import { Ledger } from "./ledger.ts";
import { drawPlan, type EndIndex, type Plan } from "./plan.ts";

/** Who looks on while a plan happens sees the network and both ends. */
export interface Scene {
  readonly lab: Lab;
  readonly ends: readonly [End, End];
}

/**
 * Lets the plan of a seed happen, and `watch` look on from the beginning; answers the hash of all
 * datagrams. Rejects if a law is broken.
 */
export async function runSeed(
  seed: number,
  watch: (scene: Scene) => void = () => undefined,
): Promise<string> {
  const run = new Run(drawPlan(seed));
  watch(run);
  await run.begin();
  await run.act();
  await run.settle();
  await run.reunite();
  await run.narrow();
  await run.close();
  return run.lab.traceHash();
}

/** One line that says what happened and how to see it again. */
export function replayLine(seed: number, cause: unknown): string {
  const [what] = `${cause instanceof Error ? cause.message : cause}`.split("\n");
  return `failed: ${what}; replay with: npm run sim -- --seed ${seed} --count 1`;
}

class Run implements Scene {
  readonly lab: Lab;
  readonly ends: readonly [End, End];
  readonly #plan: Plan;
  readonly #ledger = new Ledger();

  constructor(plan: Plan) {
    this.#plan = plan;
    const { seed } = plan;
    this.lab = new Lab({ seed, conditions: { delayMs: 0 }, isPromiseFree: true });
    const [one, other] = plan.ends;
    this.ends = [
      new End(this.lab.host("10.0.0.1"), 0, one, this.#ledger),
      new End(this.lab.host("10.0.0.2"), 1, other, this.#ledger),
    ];
  }

  async begin(): Promise<void> {
    for (const end of this.ends) await end.listen();
    for (const index of this.#plan.dialers) this.ends[index].dial(this.ends[1 - index] as End);
    await this.#pass(5_000, () => this.ends.every(({ openSessions }) => openSessions.length > 0));
  }

  async act(): Promise<void> {
    for (const { waitMs, end, act } of this.#plan.steps) {
      await this.#pass(waitMs);
      await perform(this.#stage(end), act);
      this.#check();
    }
  }

  /** The network is well again and everybody listens: what can arrive does, the rest is given up. */
  async settle(): Promise<void> {
    for (const end of this.ends) {
      end.host.up.set(WELL);
      end.listenToAll();
    }
    // As long as it takes to notice that a far end is gone, whatever the clocks.
    await this.#pass(60_000);
    await this.#pass(200_000, () => this.#isQuiet());
    assert.ok(this.#isQuiet(), "does not come to rest");
    await this.#pass(ROUND_TRIPS_MS);
    checkPair(this.ends);
    for (const sent of this.#ledger.sent.values()) checkArrived(sent, this.#ledger, this.ends);
  }

  /** One says good-bye, which the other hears, and they meet again. */
  async reunite(): Promise<void> {
    const { parter, redialers } = this.#plan;
    await perform(this.#stage(parter), { type: "close" });
    await this.#pass(ROUND_TRIPS_MS);
    this.#checkClosed();
    for (const index of redialers) await perform(this.#stage(index), { type: "dial" });
    await this.#pass(10_000, () => this.ends.every(({ openSessions }) => openSessions.length > 0));
    await this.#pass(10_000, () => this.#isQuiet());
    await this.#pass(ROUND_TRIPS_MS);
    checkPair(this.ends);
    for (const { openSessions } of this.ends) assert.equal(openSessions.length, 1, "no session");
  }

  /** In mid-transfer the path carries less than it did: everything arrives all the same, and soon. */
  async narrow(): Promise<void> {
    const { blackHole } = this.#plan;
    if (!blackHole) return;
    const stage = this.#stage(blackHole.end);
    const { host, station } = stage.near;
    await perform(stage, { type: "open-flow", priority: 3, reception: WELCOME });
    const pick = stage.near.sentFlows.length - 1;
    const transfer = { type: "send", pick, lengths: BULK, ...RELIABLY } as const;
    await perform(stage, transfer);
    await this.#pass(5_000, () => station.session.stats.datagramBytes > blackHole.mtuBytes);
    host.up.set({ mtuBytes: blackHole.mtuBytes });
    await perform(stage, transfer);
    await this.#pass(10_000, () => this.#isQuiet());
    assert.ok(this.#isQuiet(), "does not get out of a black hole");
  }

  async close(): Promise<void> {
    const closers = this.#plan.closers.map((index) => this.ends[index]);
    const open = this.ends.flatMap(({ openSessions }) => openSessions);
    for (const { station } of closers) {
      const { endpoint } = station.driver;
      if (this.#plan.isClosedAbruptly) station.driver.turn(() => endpoint.abort());
      else station.driver.turn((now) => endpoint.close(now));
    }
    await this.#pass(ROUND_TRIPS_MS);
    this.#checkClosed();
    await this.#pass(LINGER_MS);
    for (const { state } of open) assert.equal(state, "CLOSED", "lingers for too long");
    await this.#pass(150_000);
    for (const end of this.ends) end.checkGone();
    checkOutcomes(this.#ledger);
    const before = this.lab.traceHash();
    await this.#pass(1_000_000);
    assert.equal(this.lab.traceHash(), before, "says something after the end");
    for (const { station } of this.ends) await this.lab.complete(station.driver.close(), 1_000);
  }

  /** Checks the laws after every event. */
  async #pass(ms: number, isEnough: () => boolean = () => false): Promise<void> {
    const { lab } = this;
    const until = lab.now + ms;
    const isOver = (): boolean => {
      this.#check();
      return lab.now >= until || isEnough();
    };
    await lab.runUntil(isOver, until - lab.now);
  }

  #check(): void {
    for (const end of this.ends) end.check();
    this.#ledger.checkWindows();
  }

  #isQuiet(): boolean {
    return this.ends.every(
      ({ station, isAnswered }) => station.driver.endpoint.queuedBytes === 0 && isAnswered,
    );
  }

  #checkClosed(): void {
    for (const { openSessions } of this.ends) {
      assert.equal(openSessions.length, 0, "did not hear that its far end closed the session");
    }
  }

  #stage(index: EndIndex): Stage {
    const { lab } = this;
    const near = this.ends[index];
    return { lab, ledger: this.#ledger, near, far: this.ends[1 - index] as End };
  }
}

/** Over a good network: enough for whatever takes a few round trips, a delayed answer or a Ping for proof. */
const ROUND_TRIPS_MS = 2_000;
/** FARCLOSE_LINGER_MS by the slowest clock. */
const LINGER_MS = 20_500;
const WELCOME = { order: "sequence", bufferBytes: 2 ** 20, isWanted: true } as const;
const BULK: readonly number[] = new Array(10).fill(20_000);
const RELIABLY = {
  deadlineMs: undefined,
  startByMs: undefined,
  maxTransmissions: undefined,
  isChain: false,
} as const;
const WELL = {
  delayMs: 10,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  bytesPerSecond: 1e6,
  queueBytes: 1e6,
  mtuBytes: 1_500,
};
