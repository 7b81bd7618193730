import assert from "node:assert/strict";
import { Lab } from "../../lab/index.ts";
import { perform } from "./acts.ts";
import { End } from "./end.ts";
import { Ledger, type SentFlow, type SentMessage } from "./ledger.ts";
import { drawPlan, type Plan } from "./plan.ts";

/** Lets the plan of a seed happen; answers the hash of all datagrams. Rejects if a law is broken. */
export async function runSeed(seed: number): Promise<string> {
  const run = new Run(drawPlan(seed));
  await run.begin();
  await run.act();
  await run.settle();
  await run.close();
  return run.lab.traceHash();
}

/** One line that says what happened and how to see it again. */
export function replayLine(seed: number, cause: unknown): string {
  const [what] = `${cause instanceof Error ? cause.message : cause}`.split("\n");
  return `failed: ${what}; replay with: npm run sim -- --seed ${seed} --count 1`;
}

class Run {
  readonly lab: Lab;
  readonly #plan: Plan;
  readonly #ledger = new Ledger();
  readonly #ends: readonly [End, End];

  constructor(plan: Plan) {
    this.#plan = plan;
    this.lab = new Lab({ seed: plan.seed, conditions: { delayMs: 0 } });
    const [one, other] = plan.ends;
    this.#ends = [
      new End(this.lab.host("10.0.0.1"), 0, one, this.#ledger),
      new End(this.lab.host("10.0.0.2"), 1, other, this.#ledger),
    ];
  }

  async begin(): Promise<void> {
    for (const end of this.#ends) await end.listen();
    for (const index of this.#plan.dialers) this.#ends[index].dial(this.#ends[1 - index] as End);
    await this.#pass(5_000, () => this.#ends.every(({ openSessions }) => openSessions.length > 0));
  }

  async act(): Promise<void> {
    const { lab } = this;
    for (const { waitMs, end, act } of this.#plan.steps) {
      await this.#pass(waitMs);
      const near = this.#ends[end];
      const far = this.#ends[1 - end] as End;
      await perform({ lab, ledger: this.#ledger, near, far }, act);
      this.#check();
    }
  }

  /** The network is well again and everybody listens: what can arrive does, the rest is given up. */
  async settle(): Promise<void> {
    for (const end of this.#ends) {
      end.host.up.set(WELL);
      end.listenToAll();
    }
    // As long as it takes to notice that a far end is gone, whatever the clocks.
    await this.#pass(60_000);
    await this.#pass(200_000, () => this.#isQuiet());
    assert.ok(this.#isQuiet(), "does not come to rest");
    for (const sent of this.#ledger.sent.values()) this.#checkArrived(sent);
  }

  async close(): Promise<void> {
    const closers = this.#plan.closers.map((index) => this.#ends[index]);
    for (const { station } of closers) {
      const { endpoint } = station.driver;
      if (this.#plan.isClosedAbruptly) station.driver.turn(() => endpoint.abort());
      else station.driver.turn((now) => endpoint.close(now));
    }
    await this.#pass(150_000);
    for (const end of this.#ends) end.checkGone();
    this.#checkOutcomes();
    const before = this.lab.traceHash();
    await this.#pass(1_000_000);
    assert.equal(this.lab.traceHash(), before, "says something after the end");
    for (const { station } of this.#ends) await this.lab.complete(station.driver.close(), 1_000);
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
    for (const end of this.#ends) end.check();
    this.#ledger.checkWindows();
  }

  #isQuiet(): boolean {
    return this.#ends.every(
      ({ station, isAnswered }) => station.driver.endpoint.queuedBytes === 0 && isAnswered,
    );
  }

  /** A session that is still open has a far end, and everything has arrived there. */
  #checkArrived(sent: SentFlow): void {
    const { session, flow, messages, wasRejected } = sent;
    if (!session.isOpen) return;
    const { nearSessionId, farSessionId } = session.terms;
    const others = this.#ends.flatMap(({ openSessions }) => openSessions);
    const far = others.find(
      ({ terms }) => terms.nearSessionId === farSessionId && terms.farSessionId === nearSessionId,
    );
    assert.ok(far, "a session outlives its far end");
    const received = [...this.#ledger.received.values()].find((it) => it.sent === sent);
    if (wasRejected || received?.isCutOff) return;
    messages.forEach((message, index) => {
      checkOutcome(message, false);
      const hasArrived = received?.arrived.has(index) ?? false;
      assert.ok(hasArrived || !message.outcome, `${sent.name} ${index} did not arrive`);
    });
    if (flow.state !== "OPEN" && received) assert.ok(received.hasEnded, `${sent.name} has no end`);
  }

  #checkOutcomes(): void {
    for (const { session, messages, wasRejected } of this.#ledger.sent.values()) {
      for (const message of messages) checkOutcome(message, wasRejected || !session.isOpen);
    }
  }
}

function checkOutcome({ text, outcome, isReliable }: SentMessage, mayFail: boolean): void {
  const what = text.slice(0, 10);
  assert.notEqual(outcome, undefined, `${what} has no outcome`);
  if (isReliable && !mayFail) assert.ok(outcome, `${what} is reliable and was given up`);
}

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
