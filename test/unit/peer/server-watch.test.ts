import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerWatch } from "../../../peer/server/server-watch.ts";
import type { Session } from "../../../protocol/session/session.ts";

/** A session in which nothing is heard any more since time 0, while its server answers questions. */
class Stand {
  now = 0;
  heardHereAt = 0;
  isAborted = false;
  readonly #answers: (() => void)[] = [];
  readonly #watch = new ServerWatch({
    turn: (change) => change(this.now),
    askServer: (_, onAnswer) => this.#answers.push(onAnswer),
  });

  /** Nothing is heard, and the server answers what it was asked before. */
  unanswered(now: number): void {
    this.now = now;
    const { heardHereAt } = this;
    const destination = { ip: "192.0.2.1", port: 1935 };
    const abort = (): void => {
      this.isAborted = true;
    };
    const session: Pick<Session, "heardHereAt" | "destination" | "abort"> = {
      heardHereAt,
      destination,
      abort,
    };
    this.#watch.onUnanswered(session as Session);
    for (const answer of this.#answers.splice(0)) answer();
  }
}

test("a server that answers questions and nothing else has forgotten us, after two seconds", () => {
  const stand = new Stand();
  for (const now of [300, 1_300, 1_900]) stand.unanswered(now);
  assert.ok(!stand.isAborted, "a bad network takes as much from a session");
  stand.unanswered(2_100);
  assert.ok(stand.isAborted);
});

test("one answer may be late", () => {
  const stand = new Stand();
  stand.unanswered(3_000);
  assert.ok(!stand.isAborted);
  stand.heardHereAt = 3_100;
  stand.unanswered(6_000);
  assert.ok(!stand.isAborted, "it was heard in between");
  stand.unanswered(7_000);
  assert.ok(stand.isAborted);
});
