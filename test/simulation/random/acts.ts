import type { OutgoingMessage } from "../../../protocol/flow/outgoing-message.ts";
import type { Lab } from "../../lab/index.ts";
import type { End } from "./end.ts";
import type { Ledger, SentFlow } from "./ledger.ts";
import type { Act } from "./plan.ts";

export interface Stage {
  readonly lab: Lab;
  readonly ledger: Ledger;
  /** Who acts, and the other. */
  readonly near: End;
  readonly far: End;
}

type ActOf<Type extends Act["type"]> = Act & { readonly type: Type };

/** Lets an act happen, if there is what it is about. */
export async function perform<Type extends Act["type"]>(
  stage: Stage,
  act: ActOf<Type>,
): Promise<void> {
  await performances[act.type](stage, act);
}

const performances: {
  readonly [Type in Act["type"]]: (stage: Stage, act: ActOf<Type>) => Promise<void> | void;
} = {
  "open-flow": openFlow,
  send,
  abandon({ near }, { pick }) {
    const queued = near.sentFlows
      .flatMap(({ messages }) => messages)
      .filter(({ outcome }) => outcome === undefined);
    const chosen = one(queued, pick);
    if (!chosen) return;
    chosen.isReliable = false;
    near.station.driver.turn(() => chosen.message.abandon());
  },
  "close-flow": ({ near }, { pick }) =>
    near.station.driver.turn(() => one(near.sentFlows, pick)?.flow.close()),
  "reject-flow": ({ near }, { pick }) =>
    near.station.driver.turn(() => one(near.receivedFlows, pick)?.flow.reject(7)),
  "set-order": ({ near }, { pick, order }) => {
    const received = one(near.receivedFlows, pick);
    if (received && order === "network") received.isOrdered = false;
    near.station.driver.turn(() => received?.flow.setOrder(order));
  },
  pause: ({ near }, { pick, forMs }) =>
    near.station.driver.turn((now) => one(near.receivedFlows, pick)?.flow.pause(now + forMs)),
  resume: ({ near }, { pick }) =>
    near.station.driver.turn(() => one(near.receivedFlows, pick)?.flow.resume()),
  line: ({ near }, { change }) => near.host.up.set(change),
  move({ lab, near }) {
    near.host.move(
      `10.${1 + lab.random.below(200)}.${lab.random.below(256)}.${lab.random.below(256)}`,
    );
  },
  rebind: ({ near }) => near.rebind(),
  restart,
  close: ({ near }) =>
    near.station.driver.turn((now) => {
      for (const session of near.openSessions) session.close(now);
    }),
  abort: ({ near }) =>
    near.station.driver.turn(() => {
      for (const session of near.openSessions) session.abort();
    }),
  dial: ({ near, far }) => near.dial(far),
};

/** Dials instead if there is no session. */
function openFlow(stage: Stage, { priority, reception }: ActOf<"open-flow">): void {
  const { near, far, ledger } = stage;
  const session = near.openSessions.at(-1);
  if (!session) {
    near.dial(far);
    return;
  }
  near.station.driver.turn(() => {
    const flow = session.openFlow({ metadata: ledger.metadata(reception), priority });
    ledger.open(session, flow, reception);
  });
}

function send({ near, ledger }: Stage, act: ActOf<"send">): void {
  const sent: SentFlow | undefined = one(near.sentFlows, act.pick);
  if (!sent) return;
  const { deadlineMs, startByMs, maxTransmissions, isChain } = act;
  let parent: OutgoingMessage | undefined;
  for (const length of act.lengths) {
    near.station.driver.turn((now) => {
      const options = { deadlineMs, startByMs, maxTransmissions, parent };
      const { message } = ledger.send(sent, length, options, now);
      if (isChain) parent = message;
    });
  }
}

/** Says good-bye, or is gone as if the machine had lost its power. */
async function restart({ lab, near }: Stage, { isSilent }: ActOf<"restart">): Promise<void> {
  if (isSilent) lab.scriptLoss(() => true);
  const gone = near.station.driver.abort();
  lab.scriptLoss(undefined);
  await gone;
  await near.restart();
}

function one<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % Math.max(1, items.length)];
}
