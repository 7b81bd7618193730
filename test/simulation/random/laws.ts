import assert from "node:assert/strict";
import type { Session } from "../../../protocol/session/session.ts";
import type { End } from "./end.ts";
import type { Ledger, SentFlow, SentMessage } from "./ledger.ts";

/** What must hold of the two when the network has been well for long: they have one session or none. */
export function checkPair([one, other]: readonly [End, End]): void {
  assert.ok(one.openSessions.length <= 1, "two sessions with one far end");
  assert.equal(one.openSessions.length, other.openSessions.length, "only one end has a session");
  for (const [near, far] of [
    [one, other],
    [other, one],
  ] as const) {
    const [session] = near.openSessions;
    if (!session) continue;
    const farSession = farSessionOf(session, [far]);
    assert.ok(farSession, "a session outlives its far end");
    const { receivedPackets } = session.stats;
    const { sentPackets } = farSession.stats;
    assert.ok(receivedPackets <= sentPackets, `${receivedPackets} of ${sentPackets} packets came`);
  }
}

/** A session that is still open has a far end, and everything has arrived there. */
export function checkArrived(sent: SentFlow, ledger: Ledger, ends: readonly End[]): void {
  const { session, flow, messages, wasRejected } = sent;
  if (!session.isOpen) return;
  assert.ok(farSessionOf(session, ends), "a session outlives its far end");
  const received = [...ledger.received.values()].find((it) => it.sent === sent);
  if (wasRejected || received?.isCutOff) return;
  messages.forEach((message, index) => {
    checkOutcome(message, false);
    const hasArrived = received?.arrived.has(index) ?? false;
    assert.ok(hasArrived || !message.outcome, `${sent.name} ${index} did not arrive`);
  });
  if (flow.state !== "OPEN" && received) assert.ok(received.hasEnded, `${sent.name} has no end`);
}

export function checkOutcomes(ledger: Ledger): void {
  for (const { session, messages, wasRejected } of ledger.sent.values()) {
    for (const message of messages) checkOutcome(message, wasRejected || !session.isOpen);
  }
}

function checkOutcome({ text, outcome, isReliable }: SentMessage, mayFail: boolean): void {
  const what = text.slice(0, 10);
  assert.notEqual(outcome, undefined, `${what} has no outcome`);
  if (isReliable && !mayFail) assert.ok(outcome, `${what} is reliable and was given up`);
}

function farSessionOf({ terms }: Session, ends: readonly End[]): Session | undefined {
  return ends
    .flatMap(({ openSessions }) => openSessions)
    .find(
      ({ terms: { nearSessionId, farSessionId } }) =>
        nearSessionId === terms.farSessionId && farSessionId === terms.nearSessionId,
    );
}
