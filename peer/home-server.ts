import { serverDiscriminator } from "../protocol/crypto/endpoint-discriminator.ts";
import { RtmfpError } from "../protocol/errors.ts";
import type { Io } from "../protocol/io.ts";
import type { Session } from "../protocol/session/session.ts";
import type { WaitOptions } from "./options.ts";
import type { ServerLink } from "./server-link.ts";
import { followUrl, type RendezvousUrl } from "./url.ts";
import { within } from "./wait.ts";

/** What is needed to have a server, and another one when it asks for that. */
export interface HomeServerHost {
  readonly io: Io;
  readonly timeoutMs: number;
  reach(url: RendezvousUrl, options: WaitOptions): Promise<ServerLink>;
  /** The connection is gone. */
  onEnd(error: RtmfpError | undefined): void;
  onMoved(url: RendezvousUrl): void;
}

/** The server that a peer is connected to: one link, whatever server it goes to. */
export class HomeServer {
  readonly #host: HomeServerHost;
  #url: RendezvousUrl;
  /** Where a connection is being made to. */
  #next: RendezvousUrl | undefined;
  #link: ServerLink | undefined;
  /** The link that `#link` goes over by now. */
  #current: ServerLink | undefined;

  constructor(url: RendezvousUrl, host: HomeServerHost) {
    this.#url = url;
    this.#host = host;
  }

  /** Rejects as `reach` does. */
  async connect(options: WaitOptions): Promise<ServerLink> {
    this.#link = await this.#reach(this.#url, options);
    this.#current = this.#link;
    return this.#link;
  }

  /** Is this the session with the server that we are about to go to? */
  isToBe(session: Session): boolean {
    const { role, farCertificate } = session.terms;
    if (role !== "initiator" || !this.#next) return false;
    return farCertificate.isSelectedBy(serverDiscriminator(this.#next.href));
  }

  /** A connection that `reach` has answered is gone. */
  ended(link: ServerLink, error: RtmfpError | undefined): void {
    if (link === this.#current) this.#host.onEnd(error);
  }

  /**
   * The server asks us to go elsewhere, Enhanced RTMP v2. Where nobody answers, or does not let us in,
   * we do not go.
   */
  async follow(from: ServerLink, tcUrl: string | undefined): Promise<void> {
    if (from !== this.#current || !this.#link || this.#next) return;
    const { io, timeoutMs } = this.#host;
    try {
      const url = followUrl(this.#url, tcUrl);
      const late = (): RtmfpError => new RtmfpError("TIMEOUT", `${url.href} does not answer`);
      const next = await within(timeoutMs, late, io, {}, (options) => this.#reach(url, options));
      // The end of the one before is not ours any more: it may come at once.
      this.#current = next;
      this.#link.moveTo(next);
      this.#url = url;
      this.#host.onMoved(url);
    } catch (error) {
      if (!(error instanceof RtmfpError) && !(error instanceof TypeError)) throw error;
    }
  }

  async #reach(url: RendezvousUrl, options: WaitOptions): Promise<ServerLink> {
    this.#next = url;
    try {
      return await this.#host.reach(url, options);
    } finally {
      this.#next = undefined;
    }
  }
}
