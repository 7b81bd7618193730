import { Schedule } from "../bytes/schedule.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";

/** The messages of a sending flow that become worthless some time, by when that is. */
export class Expiries {
  /** Made with the first: most flows never have any. BOUNDED: by the flow's send buffer. */
  #schedule: Schedule<OutgoingMessage> | undefined;
  #added = 0;

  /** Not later than the first of them becomes worthless, ms; Infinity if none does. */
  get earliest(): number {
    return this.#schedule?.earliest ?? Number.POSITIVE_INFINITY;
  }

  add(message: OutgoingMessage): void {
    if (message.expiresAt === Number.POSITIVE_INFINITY) return;
    message.order = this.#added;
    this.#added += 1;
    this.#schedule ??= new Schedule();
    this.#schedule.set(message, message.expiresAt);
  }

  /** Its outcome is known. */
  remove(message: OutgoingMessage): void {
    this.#schedule?.set(message, Number.POSITIVE_INFINITY);
  }

  /** Takes off what is worthless by now, and answers it in the order in which it was added. */
  takeDue(now: number): readonly OutgoingMessage[] {
    const due: OutgoingMessage[] = [];
    let message = this.#schedule?.takeDue(now);
    for (; message; message = this.#schedule?.takeDue(now)) {
      // One that was begun in time has its deadline left.
      if (message.expiresAt > now) this.#schedule?.set(message, message.expiresAt);
      else due.push(message);
    }
    return due.sort((one, other) => one.order - other.order);
  }
}
