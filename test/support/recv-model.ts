import { BUFFERED_FRAGMENT_BYTES, FRAGMENT_OVERHEAD_BYTES } from "../../protocol/params.ts";
import { FragmentControl, type UserData } from "../../protocol/wire/chunks/user-data.ts";

interface Piece {
  readonly control: FragmentControl;
  readonly text: string;
  /** In network order its message went out before its turn. */
  isTold: boolean;
}

/** What to do as soon as a message has been told. */
export type Reaction = "pause" | "reject" | undefined;

/**
 * What a receiving flow has to do, RFC 7016 §3.6.3, as a map of the fragments that wait and a set of the
 * numbers that are known: slow and plain.
 */
export class RecvModel {
  /** One after a gap begins with "…". */
  readonly told: string[] = [];
  readonly seen: Set<number> = new Set();
  state: "OPEN" | "REJECTED" | "COMPLETE_LINGER" = "OPEN";
  isPaused = false;
  isNetworkOrder = false;
  reaction: Reaction;
  readonly #bufferBytes: number;
  readonly #maxMessageBytes: number;
  readonly #pieces = new Map<number, Piece>();
  #parts: Piece[] = [];
  #forward = 0;
  #next = 1;
  #final = 0;
  #isAfterGap = false;

  constructor(bufferBytes: number, maxMessageBytes: number) {
    this.#bufferBytes = bufferBytes;
    this.#maxMessageBytes = maxMessageBytes;
  }

  get cumulative(): number {
    let cumulative = this.#forward;
    while (this.seen.has(cumulative + 1)) cumulative += 1;
    return cumulative;
  }

  /** Runs of numbers beyond `cumulative` that are known. */
  get ranges(): number {
    const { cumulative } = this;
    const isFirst = (number: number): boolean => number > cumulative && !this.seen.has(number - 1);
    return [...this.seen].filter(isFirst).length;
  }

  /** What waits takes of the window. */
  get bufferedBytes(): number {
    return sizeOf([...this.#pieces.values()], FRAGMENT_OVERHEAD_BYTES);
  }

  /** What waits takes of the memory. */
  get waitingBytes(): number {
    return sizeOf([...this.#pieces.values()], BUFFERED_FRAGMENT_BYTES);
  }

  /** And what is there of the message in progress. */
  get progressBytes(): number {
    return sizeOf(this.#parts, BUFFERED_FRAGMENT_BYTES);
  }

  receive(chunk: UserData): void {
    const { sequenceNumber: number, forwardSequenceNumber, control, abandoned, data } = chunk;
    const isKnown = number <= this.cumulative || this.seen.has(number);
    this.#forward = Math.max(this.#forward, forwardSequenceNumber);
    const isNext = number === this.cumulative + 1 && !this.isPaused;
    const isRoom = this.bufferedBytes < this.#bufferBytes || isNext || abandoned;
    const isTaken = isKnown || isRoom || this.state !== "OPEN";
    if (isTaken) this.seen.add(number);
    if (isTaken && !isKnown && !abandoned && this.state === "OPEN") {
      this.#pieces.set(number, { control, text: new TextDecoder().decode(data), isTold: false });
    }
    const isPast = isTaken || number <= this.cumulative;
    if (isPast && chunk.final && this.#final === 0) this.#final = number;
    if (this.state === "OPEN") this.#deliver(number);
    const isComplete = this.#final > 0 && this.cumulative >= this.#final;
    if (!isComplete || this.state === "COMPLETE_LINGER") return;
    this.state = "COMPLETE_LINGER";
    this.#drain();
  }

  reject(): void {
    if (this.state !== "OPEN") return;
    this.state = "REJECTED";
    this.#clear();
  }

  resume(): void {
    this.isPaused = false;
    this.#drain();
  }

  /** Tells all that may be told. */
  #drain(): void {
    this.#tellInTurn();
    const ahead = [...this.#pieces.keys()].sort((one, other) => one - other);
    for (const number of ahead) if (this.isNetworkOrder) this.#tellAhead(number);
  }

  #deliver(number: number): void {
    if (this.isNetworkOrder && number > this.cumulative) this.#tellAhead(number);
    this.#tellInTurn();
  }

  #tellInTurn(): void {
    if (this.isPaused) return;
    const { cumulative } = this;
    while (!this.isPaused && this.#next <= cumulative) {
      const piece = this.#pieces.get(this.#next);
      this.#pieces.delete(this.#next);
      if (!piece) {
        this.#lose();
        this.#isAfterGap = true;
        this.#next = Math.min(cumulative + 1, ...this.#pieces.keys());
        continue;
      }
      this.#next += 1;
      this.#take(piece);
    }
    // What lies beyond the end of a flow is of no use any more.
    if (this.state === "COMPLETE_LINGER" && this.#next > cumulative) this.#clear();
  }

  #take(piece: Piece): void {
    const isFirst = begins(piece) === true;
    if (isFirst || piece.isTold) this.#lose();
    if (piece.isTold) return;
    if (!isFirst && this.#parts.length === 0) {
      this.#isAfterGap = true;
      return;
    }
    this.#parts.push(piece);
    const text = textOf(this.#parts);
    if (text.length > this.#maxMessageBytes && piece.control !== FragmentControl.whole) {
      this.reject();
      this.#clear();
    } else if (ends(piece)) {
      this.#parts = [];
      this.#tell(text, this.#isAfterGap);
      this.#isAfterGap = false;
    }
  }

  #tellAhead(number: number): void {
    const parts = this.isPaused ? [] : this.#messageAround(number);
    if (parts.length === 0 || parts[0]?.isTold) return;
    const text = textOf(parts);
    for (const piece of parts) piece.isTold = true;
    this.#tell(text, false);
  }

  /** All its fragments, or none if one is missing. */
  #messageAround(number: number): Piece[] {
    const at = (other: number): Piece | undefined => this.#pieces.get(other);
    let from = number;
    while (begins(at(from)) === false && ends(at(from - 1)) === false) from -= 1;
    const parts: Piece[] = [];
    for (let piece = at(from); piece; piece = at(from + parts.length)) {
      if (begins(piece) !== (parts.length === 0)) return [];
      parts.push(piece);
      if (ends(piece)) return parts;
    }
    return [];
  }

  #tell(text: string, isAfterGap: boolean): void {
    this.told.push(`${isAfterGap ? "…" : ""}${text}`);
    const { reaction } = this;
    this.reaction = undefined;
    if (reaction === "pause") this.isPaused = true;
    if (reaction === "reject") this.reject();
  }

  /** A message that was in progress will not be complete. */
  #lose(): void {
    if (this.#parts.length > 0) this.#isAfterGap = true;
    this.#parts = [];
  }

  #clear(): void {
    this.#pieces.clear();
    this.#parts = [];
  }
}

function begins(piece: Piece | undefined): boolean | undefined {
  return (
    piece && (piece.control === FragmentControl.whole || piece.control === FragmentControl.begin)
  );
}

function ends(piece: Piece | undefined): boolean | undefined {
  return (
    piece && (piece.control === FragmentControl.whole || piece.control === FragmentControl.end)
  );
}

function sizeOf(pieces: readonly Piece[], overheadBytes: number): number {
  return pieces.reduce(
    (sum, { isTold, text }) => sum + (isTold ? 0 : text.length) + overheadBytes,
    0,
  );
}

function textOf(parts: readonly Piece[]): string {
  return parts.map(({ text }) => text).join("");
}
