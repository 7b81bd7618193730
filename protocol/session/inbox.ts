import { SESSION_ID_LENGTH, unscrambleSessionId } from "../crypto/session-id.ts";
import { RtmfpError } from "../errors.ts";
import type { Datagram } from "./events.ts";
import { Session } from "./session.ts";
import type { SessionTable } from "./session-table.ts";
import type { SessionHost } from "./session-terms.ts";
import { STARTUP_SESSION_ID } from "./startup-packet.ts";
import type { StartupReceiver } from "./startup-receiver.ts";

/**
 * Finds out whom a datagram is for. What comes together for one session is handed over together, so
 * that it is decrypted and acknowledged together.
 */
export class Inbox {
  readonly #sessions: SessionTable;
  readonly #startup: StartupReceiver;
  readonly #host: Pick<SessionHost, "noteMalformed">;

  constructor(
    sessions: SessionTable,
    startup: StartupReceiver,
    host: Pick<SessionHost, "noteMalformed">,
  ) {
    this.#sessions = sessions;
    this.#startup = startup;
    this.#host = host;
  }

  /**
   * Nothing that a session gets is to be caught here: its cipher answers undefined for what is not authentic,
   * and `readSessionPacket` catches what is malformed chunk by chunk, so that the others count. Beyond those
   * it decodes nothing of the far end's: the certificate was read in the handshake.
   */
  receive(datagrams: readonly Datagram[], now: number): void {
    let session: Session | undefined;
    let run: Datagram[] = [];
    for (const datagram of datagrams) {
      const next = this.#sessionOf(datagram);
      if (next !== session || next === undefined) {
        session?.receive(run, now);
        run = [];
      }
      session = next;
      if (session) run.push(datagram);
      else this.#receiveAlone(datagram, now);
    }
    session?.receive(run, now);
  }

  #sessionOf({ bytes }: Datagram): Session | undefined {
    if (bytes.length < SESSION_ID_LENGTH) return undefined;
    const holder = this.#sessions.get(unscrambleSessionId(bytes));
    return holder instanceof Session ? holder : undefined;
  }

  /** It is for no session, or for one that is being opened. */
  #receiveAlone({ bytes, path }: Datagram, now: number): void {
    try {
      const id = unscrambleSessionId(bytes);
      const opening = id === STARTUP_SESSION_ID ? undefined : this.#sessions.get(id);
      if (opening && !(opening instanceof Session)) {
        this.#startup.receiveFor(opening, bytes, path, now);
      } else if (id === STARTUP_SESSION_ID) this.#startup.receive(bytes, path, now);
      else this.#host.noteMalformed();
    } catch (error) {
      if (!(error instanceof RtmfpError)) throw error;
      this.#host.noteMalformed();
    }
  }
}
