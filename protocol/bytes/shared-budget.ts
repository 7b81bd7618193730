/** Who takes a part of a shared budget. */
export interface BudgetMember {
  /** What it holds now. */
  readonly heldBytes: number;
  /** It holds too much: it is to end, soon. Throws nothing, and notes nothing within the call. */
  giveWay(): void;
}

/**
 * Bytes that many may hold together, each of whom has a limit of its own as well. When that is too much,
 * who holds most gives way: whoever fills the budget keeps nobody out who needs little.
 */
export class SharedBudget {
  readonly #limit: number;
  /** What each is known to hold, if anything. BOUNDED: by its members. */
  readonly #held = new Map<BudgetMember, number>();
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that all hold, as far as they have noted it. */
  get used(): number {
    return this.#used;
  }

  /** To be called when `member` holds more than before. That it holds less may go unnoticed. */
  note(member: BudgetMember): void {
    this.#set(member, member.heldBytes);
    if (this.#used <= this.#limit) return;
    for (const other of [...this.#held.keys()]) this.#set(other, other.heldBytes);
    while (this.#used > this.#limit) {
      const [largest] = [...this.#held].reduce((one, other) => (other[1] > one[1] ? other : one));
      this.leave(largest);
      largest.giveWay();
    }
  }

  /** It holds nothing any more. */
  leave(member: BudgetMember): void {
    this.#set(member, 0);
  }

  #set(member: BudgetMember, bytes: number): void {
    const before = this.#held.get(member) ?? 0;
    if (bytes === before) return;
    this.#used += bytes - before;
    if (bytes === 0) this.#held.delete(member);
    else this.#held.set(member, bytes);
  }
}
