import type { Crypto } from "../crypto/crypto.ts";
import type { Address, CandidateAddress } from "../wire/address.ts";
import { type IHello, writeIHello } from "../wire/chunks/ihello.ts";
import { writeRedirect } from "../wire/chunks/redirect.ts";
import type { LinkId, Path, Transmit } from "./events.ts";
import type { Links } from "./links.ts";
import type { SendStartup } from "./opening.ts";
import { STARTUP_SESSION_ID } from "./startup-packet.ts";
import { StartupSealer } from "./startup-sealer.ts";

/** Sends packets that belong to no session, RFC 7016 §3.5.1. */
export class StartupSender {
  readonly #sealer: StartupSealer;
  readonly #links: Links;
  readonly #transmit: (transmit: Transmit) => void;
  #unsent = 0;

  constructor(crypto: Crypto, links: Links, transmit: (transmit: Transmit) => void) {
    this.#sealer = new StartupSealer(crypto);
    this.#links = links;
    this.#transmit = transmit;
  }

  /** Packets that were not sent because they would have been too long. */
  get unsent(): number {
    return this.#unsent;
  }

  /**
   * Asks once on one path: in the name of the opening session with this tag, or of none. Redirects that
   * answer the latter come as "redirect" events.
   */
  hello(path: Path, hello: IHello, now: number): void {
    this.send(path.link, path.address, (writer) => writeIHello(writer, hello), now);
  }

  /** Tells the sender of an IHello where else to ask, RFC 7016 §3.5.1.4. */
  redirect(
    link: LinkId,
    to: Address,
    tagEcho: Uint8Array,
    destinations: readonly CandidateAddress[],
    now: number,
  ): void {
    this.send(link, to, (writer) => writeRedirect(writer, { tagEcho, destinations }), now);
  }

  /** Without a link: on all that reach `to`; without a session ID: to ID 0. Never throws. */
  readonly send: SendStartup = (link, to, write, now, how = {}) => {
    const { sessionId = STARTUP_SESSION_ID, form = "whole" } = how;
    const datagrams = this.#sealer.seal(sessionId, form, now, write);
    if (!datagrams) {
      this.#unsent += 1;
      return;
    }
    // Whoever names a link knows that it leads there: something has come from there over it, say.
    const named = link !== undefined && this.#links.has(link) ? [link] : [];
    for (const id of link === undefined ? this.#links.to(to) : named) {
      for (const bytes of datagrams) this.#transmit({ type: "transmit", link: id, to, bytes });
    }
  };
}
