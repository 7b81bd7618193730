import type { ReceiveOrder } from "../../../protocol/flow/accept-options.ts";
import type { CongestionMode } from "../../../protocol/session/congestion.ts";
import { type ConditionChange, Prng } from "../../lab/index.ts";

/** Everything that is going to happen to two endpoints, as data: drawn from a seed and nothing else. */
export interface Plan {
  readonly seed: number;
  readonly ends: readonly [EndPlan, EndPlan];
  /** Who dials at the start: both is a glare. */
  readonly dialers: readonly EndIndex[];
  readonly steps: readonly Step[];
  /** Who closes the sessions that are left, and who dials then: both is a glare over a good network. */
  readonly parter: EndIndex;
  readonly redialers: readonly EndIndex[];
  /** What becomes of the path of a transfer over a good network, if that is to happen. */
  readonly blackHole: BlackHole | undefined;
  /** How it is over: who closes its endpoint, and whether it says good-bye. */
  readonly closers: readonly EndIndex[];
  readonly isClosedAbruptly: boolean;
}

export type EndIndex = 0 | 1;

export interface EndPlan {
  /** What its clock counts in a millisecond, and what it shows at the start, ms. */
  readonly clockRate: number;
  readonly clockStartMs: number;
  readonly congestion: CongestionMode;
  /** What happens to the datagrams that it sends. */
  readonly line: ConditionChange;
}

/** From now on larger packets than this that `end` sends vanish, and no smaller ones. */
interface BlackHole {
  readonly end: EndIndex;
  readonly mtuBytes: number;
}

interface Step {
  readonly waitMs: number;
  readonly end: EndIndex;
  readonly act: Act;
}

/** How a far end is to receive a flow; travels in the flow's metadata. */
export interface Reception {
  readonly order: ReceiveOrder;
  readonly bufferBytes: number;
  readonly isWanted: boolean;
}

/** `pick` chooses among the flows or messages that are there by then. */
export type Act =
  | { readonly type: "open-flow"; readonly priority: number; readonly reception: Reception }
  | {
      readonly type: "send";
      readonly pick: number;
      readonly lengths: readonly number[];
      readonly deadlineMs: number | undefined;
      readonly startByMs: number | undefined;
      readonly maxTransmissions: number | undefined;
      /** Each depends on the message before it. */
      readonly isChain: boolean;
    }
  | { readonly type: "abandon"; readonly pick: number }
  | { readonly type: "close-flow"; readonly pick: number }
  | { readonly type: "reject-flow"; readonly pick: number }
  | { readonly type: "set-order"; readonly pick: number; readonly order: ReceiveOrder }
  | { readonly type: "pause"; readonly pick: number; readonly forMs: number }
  | { readonly type: "resume"; readonly pick: number }
  | { readonly type: "line"; readonly change: ConditionChange }
  | { readonly type: "move" }
  | { readonly type: "rebind" }
  | { readonly type: "restart"; readonly isSilent: boolean }
  | { readonly type: "close" }
  | { readonly type: "abort" }
  | { readonly type: "dial" };

export function drawPlan(seed: number): Plan {
  const random = new Prng(seed, "plan");
  const end = (): EndPlan => ({
    clockRate: random.chance(0.5) ? 1 : 0.95 + random.fraction() / 10,
    clockStartMs: random.chance(0.5) ? 0 : random.below(2 ** 31),
    congestion: random.chance(0.7) ? "loss" : "delay",
    line: drawLine(random),
  });
  const ends: Plan["ends"] = [end(), end()];
  const both: readonly EndIndex[] = [0, 1];
  const some = (): readonly EndIndex[] => (random.chance(0.4) ? both : [drawEnd(random)]);
  const kinds = drawKinds(random);
  const steps = Array.from({ length: 10 + random.below(50) }, () => drawStep(random, kinds));
  return {
    seed,
    ends,
    dialers: some(),
    steps: [...drawTalk(new Prng(seed, "talk")), ...steps],
    closers: some(),
    isClosedAbruptly: random.chance(0.3),
    parter: drawEnd(random),
    redialers: some(),
    blackHole: random.chance(0.25) ? drawBlackHole(random) : undefined,
  };
}

type Kind = Act["type"];

/** Each plan leaves out some of the troubles: what is rare when all meet is common in some. */
function drawKinds(random: Prng): readonly Kind[] {
  const troubles = TROUBLES.filter(() => random.chance(0.4));
  const ends = ENDS.filter(() => random.chance(0.2));
  return [...ORDINARY, ...troubles, ...ends];
}

const ORDINARY: readonly Kind[] = [
  "open-flow",
  "open-flow",
  "send",
  "send",
  "send",
  "send",
  "send",
  "send",
  "line",
];
const TROUBLES: readonly Kind[] = [
  "abandon",
  "close-flow",
  "reject-flow",
  "set-order",
  "pause",
  "resume",
  "move",
  "rebind",
  "dial",
];
const ENDS: readonly Kind[] = ["restart", "close", "abort"];

function drawStep(random: Prng, kinds: readonly Kind[]): Step {
  const isLong = random.chance(0.1);
  return {
    waitMs: random.below(isLong ? 20_000 : 400),
    end: drawEnd(random),
    act: draws[kinds[random.below(kinds.length)] ?? "dial"](random),
  };
}

/**
 * Both send all the time, one of them in single words, while the round trip goes to and fro between what
 * the clock on the wire can tell and less than that. Long, and therefore rare.
 */
function drawTalk(random: Prng): readonly Step[] {
  if (!random.chance(0.02)) return [];
  const reception: Reception = { order: "sequence", bufferBytes: 2 ** 20, isWanted: true };
  const openFlow: Act = { type: "open-flow", priority: 3, reception };
  const steps: Step[] = [step(0, 0, openFlow), step(0, 1, openFlow)];
  for (let turn = 0; turn < 10; turn += 1) {
    const delayMs = turn % 2 === 0 ? random.fraction() / 5 : 5 + random.below(5);
    const line: Act = { type: "line", change: { ...SHORT, delayMs } };
    steps.push(step(0, 0, line), step(0, 1, line));
    for (let count = 20 + random.below(20); count > 0; count -= 1) {
      steps.push(step(0.5 + random.fraction(), 0, say(1_500)), step(0, 1, say(1)));
    }
  }
  return steps;
}

function step(waitMs: number, end: EndIndex, act: Act): Step {
  return { waitMs, end, act };
}

/** In the flow that was opened first. */
function say(length: number): Act {
  const always = { deadlineMs: undefined, startByMs: undefined, maxTransmissions: undefined };
  return { type: "send", pick: 0, lengths: [length], ...always, isChain: false };
}

const SHORT: ConditionChange = {
  jitterMs: 0,
  loss: 0.05,
  duplicate: 0,
  reorder: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  mtuBytes: 1_500,
};

const draws: { readonly [Each in Kind]: (random: Prng) => Act } = {
  "open-flow": (random) => ({
    type: "open-flow",
    priority: random.below(8),
    reception: {
      order: drawOrder(random),
      bufferBytes: random.chance(0.3) ? 1_024 + random.below(20_000) : 2 ** 20,
      isWanted: random.chance(0.95),
    },
  }),
  send: drawSend,
  abandon: (random) => ({ type: "abandon", pick: random.u32() }),
  "close-flow": (random) => ({ type: "close-flow", pick: random.u32() }),
  "reject-flow": (random) => ({ type: "reject-flow", pick: random.u32() }),
  "set-order": (random) => ({ type: "set-order", pick: random.u32(), order: drawOrder(random) }),
  pause: (random) => ({ type: "pause", pick: random.u32(), forMs: 1 + random.below(30_000) }),
  resume: (random) => ({ type: "resume", pick: random.u32() }),
  line: (random) => ({ type: "line", change: drawLine(random) }),
  move: () => ({ type: "move" }),
  rebind: () => ({ type: "rebind" }),
  restart: (random) => ({ type: "restart", isSilent: random.chance(0.5) }),
  close: () => ({ type: "close" }),
  abort: () => ({ type: "abort" }),
  dial: () => ({ type: "dial" }),
};

function drawSend(random: Prng): Act {
  const mostBytes = random.chance(0.2) ? 30_000 : 2_000;
  return {
    type: "send",
    pick: random.u32(),
    lengths: Array.from({ length: 1 + random.below(10) }, () => random.below(mostBytes)),
    deadlineMs: random.chance(0.2) ? 1 + random.below(1_000) : undefined,
    startByMs: random.chance(0.1) ? 1 + random.below(500) : undefined,
    maxTransmissions: random.chance(0.2) ? 1 + random.below(3) : undefined,
    isChain: random.chance(0.3),
  };
}

/** Loss of up to 40 %, and each of the other evils now and then. */
function drawLine(random: Prng): ConditionChange {
  const now = (probability: number, value: number): number =>
    random.chance(probability) ? value : 0;
  return {
    delayMs: random.below(random.chance(0.2) ? 800 : 60),
    jitterMs: now(0.5, random.below(50)),
    loss: now(0.6, random.below(41) / 100),
    duplicate: now(0.3, random.fraction() / 3),
    reorder: now(0.3, random.fraction() / 3),
    reorderMs: random.below(200),
    bytesPerSecond: random.chance(0.2) ? 20_000 + random.below(500_000) : Number.POSITIVE_INFINITY,
    queueBytes: 3_000 + random.below(60_000),
    // Largest packet that passes: now and then not even one of 1200 bytes, until the line changes.
    mtuBytes: random.chance(0.1) ? 300 + random.below(900) : 1_228 + random.below(273),
  };
}

/** Packets of 1200 bytes pass, those of 1500 do not. */
function drawBlackHole(random: Prng): BlackHole {
  return { end: drawEnd(random), mtuBytes: 1_228 + random.below(272) };
}

function drawOrder(random: Prng): ReceiveOrder {
  if (random.chance(0.6)) return "sequence";
  return random.chance(0.7) ? "network" : "hold";
}

function drawEnd(random: Prng): EndIndex {
  return random.chance(0.5) ? 1 : 0;
}
