import { RtmfpError } from "../errors.ts";
import type { EndpointEvent } from "./events.ts";
import type { Session } from "./session.ts";

/** What a Succession needs of its endpoint. */
export interface SuccessionHost {
  /** Open sessions with the same far end that were opened before this one; are there any? */
  olderThan(session: Session): readonly Session[];
  hasOlderThan(session: Session): boolean;
  /** Answers whether anybody waited for this session. */
  settle(session: Session): boolean;
  emit(event: EndpointEvent): void;
}

/**
 * Several sessions with one far end. Anybody can send somebody's certificate, and an old IIKeying may
 * come late: a session that the far end opens replaces older ones when it has proven that it holds
 * the keys, RFC 7016 §3.5.1.1.2, and only then does the user hear of it.
 */
export class Succession {
  readonly #host: SuccessionHost;
  /** By their IDs; not told yet. BOUNDED: by the endpoint's sessions. */
  readonly #held = new Set<number>();

  constructor(host: SuccessionHost) {
    this.#host = host;
  }

  /** Sessions that it holds back. */
  get remembered(): number {
    return this.#held.size;
  }

  /** Has the user heard of it, or is about to? */
  isKnown(session: Session): boolean {
    return !this.#held.has(session.id);
  }

  /** The far end opened a session. */
  open(session: Session): void {
    if (this.#host.hasOlderThan(session)) this.#held.add(session.id);
    else this.#tell(session);
  }

  /** The far end holds the keys of the session that it opened. */
  confirm(session: Session): void {
    // One that is closing already is no answer to those who ask for a session now.
    if (!session.isOpen) return;
    if (this.#held.delete(session.id)) this.#tell(session);
    else this.#host.settle(session);
    for (const older of this.#host.olderThan(session)) {
      older.abort(new RtmfpError("CLOSED", "the far end opened a newer session"));
    }
  }

  /** The session is closed. Answers false if the user never heard of it. */
  close(session: Session): boolean {
    return !this.#held.delete(session.id);
  }

  #tell(session: Session): void {
    if (this.#host.settle(session)) return;
    this.#host.emit({ type: "session", session, opening: undefined });
  }
}
