import assert from "node:assert/strict";
import type { SendFlow } from "../../protocol/flow/send-flow.ts";
import type { Lab } from "../lab/index.ts";
import type { Station } from "./station.ts";

/** Messages on one ordered flow, which have to arrive once each whatever happens to the network. */
export class Transfer {
  readonly #from: Station;
  readonly #to: Station;
  readonly #flow: SendFlow;
  readonly #name: string;
  readonly #sent: string[] = [];

  constructor(from: Station, to: Station, name: string) {
    this.#from = from;
    this.#to = to;
    this.#name = name;
    this.#flow = from.openFlow(name);
  }

  get arrived(): number {
    return this.#got.length;
  }

  send(lab: Lab, count: number): void {
    for (let index = 0; index < count; index += 1) {
      const text = `${this.#name} ${this.#sent.length} ${"x".repeat(lab.random.below(3_000))}`;
      this.#sent.push(text);
      this.#from.send(this.#flow, text);
    }
  }

  /** Lets everything arrive, and checks that it has, in order and once. */
  async finish(lab: Lab, limitMs: number): Promise<void> {
    await lab.runUntil(() => this.#flow.queuedBytes === 0, limitMs);
    assert.deepEqual(this.#got, this.#sent);
  }

  get #got(): string[] {
    return this.#to.texts.filter((text) => text.startsWith(`${this.#name} `));
  }
}
