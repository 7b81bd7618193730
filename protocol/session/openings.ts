import { compareBytes } from "../bytes/compare.ts";
import { toHex } from "../bytes/hex.ts";
import { Schedule } from "../bytes/schedule.ts";
import { Table } from "../bytes/table.ts";
import type { Certificate } from "../crypto/crypto.ts";
import { RtmfpError } from "../errors.ts";
import { MAX_OPENINGS } from "../params.ts";
import type { Address } from "../wire/address.ts";
import type { Opening } from "./opening.ts";
import type { Session } from "./session.ts";

/** The sessions that an endpoint is opening, and whom each of them asks for. */
export class Openings {
  /** BOUNDED: MAX_OPENINGS. */
  readonly #byTag = new Table<string, Opening>();
  readonly #schedule = new Schedule<Opening>();

  /** Entries of its tables. */
  get remembered(): number {
    return this.#byTag.size + this.#schedule.size;
  }

  get timeout(): number {
    return this.#schedule.earliest;
  }

  [Symbol.iterator](): IterableIterator<Opening> {
    return this.#byTag[Symbol.iterator]();
  }

  get(tag: Uint8Array): Opening | undefined {
    return this.#byTag.get(toHex(tag));
  }

  /** Throws `LIMIT` if `add` has no room for one more. */
  checkRoom(): void {
    if (this.#byTag.size < MAX_OPENINGS) return;
    throw new RtmfpError("LIMIT", "too many sessions are opening");
  }

  add(opening: Opening): void {
    this.#byTag.set(toHex(opening.tag), opening);
  }

  delete(opening: Opening): void {
    this.#byTag.delete(toHex(opening.tag));
    this.#schedule.set(opening, Number.POSITIVE_INFINITY);
  }

  /** Its timeout may have changed. */
  reschedule(opening: Opening): void {
    if (opening.state !== "DONE") this.#schedule.set(opening, opening.timeout);
  }

  /** One whose time has come; to be rescheduled. */
  takeDue(now: number): Opening | undefined {
    return this.#schedule.takeDue(now);
  }

  /** Will one of them open the session with `far` that others want, too, §3.5.1.1.1? */
  isKeyingWith(far: Certificate, from: Address): boolean {
    for (const opening of this) {
      const isWithFar = opening.keying?.far.peerId === far.peerId;
      if (isWithFar && (!opening.isIgnored || opening.isAskingAt(from))) return true;
    }
    return false;
  }

  /**
   * Glare, RFC 7016 §3.5.1.3 and RFC 7425 §4.3.6: both ends open a session to each other, and the
   * smaller certificate stays initiator. While we have not committed to keying, the far end's
   * attempt is as good as ours; it is answered then, which also helps if ours cannot get through.
   */
  prevailOver(far: Certificate, from: Address, near: Certificate): boolean {
    for (const opening of this) {
      const isCommitted = opening.state === "KEYING_SENT";
      const isNamed = isFor(opening, far) && !opening.isIgnored;
      const isGlare = isCommitted && (isNamed || isAt(opening, far, from));
      if (isGlare && near.prevailsOver(far)) return true;
    }
    return false;
  }

  /**
   * All that wanted what this session is. Until its far end has proven that it holds the keys, only those
   * who ask at its address, RFC 7016 §3.5.1.3.
   */
  answeredBy({ terms, isConfirmed, destination }: Session): Opening[] {
    const { farCertificate: far, nearSessionId } = terms;
    return [...this].filter(
      (opening) =>
        opening.keying?.nearSessionId === nearSessionId ||
        (isConfirmed && isFor(opening, far)) ||
        isAt(opening, far, destination),
    );
  }
}

/** Does it ask for `far` by name? */
function isFor(opening: Opening, far: Certificate): boolean {
  return compareBytes(opening.endpointDiscriminator, far.canonicalDiscriminator) === 0;
}

/** Does it ask for `far`, by whatever, at `address`? */
function isAt(opening: Opening, far: Certificate, address: Address): boolean {
  return far.isSelectedBy(opening.endpointDiscriminator) && opening.isAskingAt(address);
}
