import { setTimeout as sleep } from "node:timers/promises";
import type { Driver, SendFlow } from "../../protocol/index.ts";

/**
 * Keeps a flow busy as a program would that looks after its own back-pressure: batches of messages,
 * the next when one is delivered.
 */
export class BulkSender {
  readonly #driver: Driver;
  readonly #flow: SendFlow;
  readonly #message: Uint8Array;
  readonly #messagesOfBatch: number;
  #deliveredBatches = 0;
  #queuedBatches = 0;
  #isRunning = false;
  #idle: (() => void) | undefined;

  constructor(driver: Driver, flow: SendFlow, messageBytes: number) {
    this.#driver = driver;
    this.#flow = flow;
    this.#message = new Uint8Array(messageBytes);
    this.#messagesOfBatch = Math.ceil(BATCH_BYTES / messageBytes);
  }

  /** Sends for so long. Answers MB/s of messages that were delivered. */
  async run(ms: number): Promise<number> {
    this.#isRunning = true;
    const start = performance.now();
    const before = this.#deliveredBatches;
    while (this.#queuedBatches < BATCHES) this.#sendBatch();
    await sleep(ms);
    this.#isRunning = false;
    const batches = this.#deliveredBatches - before;
    const bytes = batches * this.#messagesOfBatch * this.#message.length;
    const rate = bytes / 1000 / (performance.now() - start);
    if (this.#queuedBatches > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    return rate;
  }

  #sendBatch(): void {
    this.#queuedBatches += 1;
    this.#driver.turn((now) => {
      for (let left = this.#messagesOfBatch; left > 1; left -= 1) {
        this.#flow.send(this.#message, {}, now);
      }
      this.#flow.send(this.#message, {}, now).watch(() => this.#noteDelivered());
    });
  }

  #noteDelivered(): void {
    this.#queuedBatches -= 1;
    this.#deliveredBatches += 1;
    if (this.#isRunning) this.#sendBatch();
    else if (this.#queuedBatches === 0) this.#idle?.();
  }
}

const BATCH_BYTES = 16_384;
/** So many are queued at any time: more than a window of loopback. */
const BATCHES = 64;
