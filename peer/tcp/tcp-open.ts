import { type Address, formatAddress } from "../../protocol/wire/address.ts";

type Dial = "READY" | "DIALLING" | "OPEN";

/**
 * One attempt to open a TCP connection from both ends at once (RFC 9293 §3.5, Figure 8): when to dial
 * which candidate. Both ends follow the same timetable from the same moment, so that a SYN finds the
 * way that the far end's SYN has opened. Those that nobody answers stay under way, the system repeats
 * them; those that were refused (a router or the host answered by RST, because the far end's SYN was
 * not there yet) are dialled again at the next time of the table.
 */
export class TcpOpen {
  readonly #startAt: number;
  readonly #dials = new Map<string, { readonly address: Address; state: Dial }>();
  #round = 0;
  #isOver = false;

  constructor(candidates: readonly Address[], startAt: number) {
    this.#startAt = startAt;
    for (const address of candidates) {
      this.#dials.set(formatAddress(address), { address, state: "READY" });
    }
  }

  /** When `advance` has something to do; Infinity when it is over. */
  get timeout(): number {
    if (this.#isOver) return Number.POSITIVE_INFINITY;
    return this.#startAt + (ROUNDS_MS[this.#round] ?? ATTEMPT_MS);
  }

  /** What is under way now is to be given up. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whom to dial now. */
  advance(now: number): Address[] {
    if (now < this.timeout) return [];
    if (now >= this.#startAt + ATTEMPT_MS) {
      this.#isOver = true;
      return [];
    }
    while (now >= this.timeout && this.#round < ROUNDS_MS.length) this.#round += 1;
    const ready = [...this.#dials.values()].filter(({ state }) => state === "READY");
    for (const dial of ready) dial.state = "DIALLING";
    return ready.map(({ address }) => address);
  }

  /** Refused, or the connection has broken already. */
  failed(address: Address): void {
    this.#enter(address, "READY");
  }

  opened(address: Address): void {
    this.#enter(address, "OPEN");
  }

  #enter(address: Address, state: Dial): void {
    const dial = this.#dials.get(formatAddress(address));
    if (dial) dial.state = state;
  }
}

/**
 * From the start. The first repetitions make up for ends that did not start together; a NAT that has
 * seen RST wants a pause before it takes the same connection for a new one.
 */
const ROUNDS_MS: readonly number[] = [0, 150, 400, 800, 1_300, 1_900, 2_500];
/** A SYN that was dropped is repeated after a second, and has a round trip left then. */
export const ATTEMPT_MS = 3_500;
