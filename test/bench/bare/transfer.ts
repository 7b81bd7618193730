import { setTimeout as sleep } from "node:timers/promises";
import { bareSocket } from "./socket.ts";

/**
 * The fastest plain transfer: datagrams of at most 1200 bytes from a connected socket, a window of
 * them in flight, nothing encrypted, nothing repeated.
 */
export class BareTransfer {
  readonly #send: () => void;
  readonly #close: () => void;
  readonly #messageBytes: number;
  readonly #datagramsOfMessage: number;
  #sent = 0;
  #acknowledged = 0;
  /** Given up, so that a lost datagram does not hold its place in the window for ever. */
  #lost = 0;
  #isRunning = false;

  private constructor(messageBytes: number, send: (bytes: Uint8Array) => void, close: () => void) {
    this.#messageBytes = messageBytes;
    this.#datagramsOfMessage = Math.ceil(messageBytes / DATAGRAM_BYTES);
    const full = new Uint8Array(Math.min(messageBytes, DATAGRAM_BYTES));
    const last = full.subarray(0, messageBytes % DATAGRAM_BYTES || full.length);
    let next = 0;
    this.#send = () => {
      next = (next + 1) % this.#datagramsOfMessage;
      send(next === 0 ? last : full);
    };
    this.#close = close;
  }

  /** To a `bareSink`. */
  static async to(port: number, messageBytes: number): Promise<BareTransfer> {
    const socket = await bareSocket(port);
    const transfer = new BareTransfer(
      messageBytes,
      (bytes) => socket.send(bytes, ignore),
      () => socket.close(),
    );
    socket.on("message", (bytes) => transfer.#take(bytes.readUInt32BE()));
    return transfer;
  }

  /** Transfers for so long. Answers MB/s of messages that arrived. */
  async run(ms: number): Promise<number> {
    this.#isRunning = true;
    const start = performance.now();
    const before = this.#acknowledged;
    this.#fill();
    const giveUp = setInterval(() => this.#giveUp(), STALL_MS);
    await sleep(ms);
    clearInterval(giveUp);
    this.#isRunning = false;
    const messages = (this.#acknowledged - before) / this.#datagramsOfMessage;
    const rate = (messages * this.#messageBytes) / 1000 / (performance.now() - start);
    await sleep(STALL_MS);
    this.#lost = this.#sent - this.#acknowledged;
    return rate;
  }

  close(): void {
    this.#close();
  }

  #take(acknowledged: number): void {
    this.#acknowledged = acknowledged;
    if (this.#isRunning) this.#fill();
  }

  #fill(): void {
    while (this.#sent - this.#acknowledged - this.#lost < WINDOW) {
      this.#send();
      this.#sent += 1;
    }
  }

  #lastSeen = 0;

  #giveUp(): void {
    if (this.#lastSeen === this.#acknowledged) {
      this.#lost = this.#sent - this.#acknowledged;
      this.#fill();
    }
    this.#lastSeen = this.#acknowledged;
  }
}

function ignore(): void {}

const DATAGRAM_BYTES = 1200;
/** Datagrams in flight: those that fit into a receive buffer that Linux did not enlarge. */
const WINDOW = 128;
const STALL_MS = 20;
