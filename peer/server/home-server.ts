import { serverDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Io } from "../../protocol/io.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { WaitOptions } from "../options.ts";
import { followUrl, type RendezvousUrl } from "../url.ts";
import { pause, within } from "../wait.ts";
import type { ServerLink } from "./server-link.ts";

/** What is needed to have a server, and another one when it asks for that. */
export interface HomeServerHost {
  readonly io: Io;
  readonly timeoutMs: number;
  reach(url: RendezvousUrl, options: WaitOptions): Promise<ServerLink>;
  /** The connection is gone. */
  onEnd(error: RtmfpError | undefined): void;
  onMoved(url: RendezvousUrl): void;
  /** The server that was gone is there again. */
  onReconnected(url: RendezvousUrl): void;
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
  #connectedAt = Number.NEGATIVE_INFINITY;
  /** Attempts that failed, or connections that did not last, one after the other. */
  #failures = 0;
  #isReconnecting = false;
  readonly #closed = new AbortController();

  constructor(url: RendezvousUrl, host: HomeServerHost) {
    this.#url = url;
    this.#host = host;
  }

  /** Rejects as `reach` does. */
  async connect(options: WaitOptions): Promise<ServerLink> {
    this.#link = await this.#reach(this.#url, options);
    this.#current = this.#link;
    this.#connectedAt = this.#host.io.now();
    return this.#link;
  }

  /** The connection is gone: it is made again, however long that takes. Never rejects. */
  async reconnect(): Promise<void> {
    const { io } = this.#host;
    const { signal } = this.#closed;
    if (this.#isReconnecting || signal.aborted) return;
    this.#isReconnecting = true;
    if (io.now() - this.#connectedAt >= STABLE_MS) this.#failures = 0;
    while (!signal.aborted) {
      await pause(io, this.#pauseMs(), { signal }).catch(() => undefined);
      if (signal.aborted || this.#current?.isOpen || (await this.#isBack())) break;
      this.#failures = Math.min(this.#failures + 1, MAX_DOUBLINGS);
    }
    this.#isReconnecting = false;
  }

  /** From now on a connection that is gone stays so. */
  close(): void {
    this.#closed.abort(new RtmfpError("CLOSED", "this peer is closed"));
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
    let url: RendezvousUrl;
    try {
      url = followUrl(this.#url, tcUrl);
      await this.#goTo(url, this.#host.timeoutMs);
    } catch (error) {
      if (error instanceof RtmfpError || error instanceof TypeError) return;
      throw error;
    }
    this.#host.onMoved(url);
  }

  /** One attempt. Whatever is wrong, a refusal too, may be better later. */
  async #isBack(): Promise<boolean> {
    // We may be on our way to another one already.
    if (this.#next) return false;
    try {
      await this.#goTo(this.#url, ATTEMPT_MS);
    } catch {
      return false;
    }
    this.#isReconnecting = false;
    this.#host.onReconnected(this.#url);
    return true;
  }

  /** Rejects as `reach` does, and with `TIMEOUT`. */
  async #goTo(url: RendezvousUrl, limitMs: number): Promise<void> {
    const { io } = this.#host;
    const late = (): RtmfpError => new RtmfpError("TIMEOUT", `${url.href} does not answer`);
    const { signal } = this.#closed;
    const reach = (options: WaitOptions): Promise<ServerLink> => this.#reach(url, options);
    const next = await within(limitMs, late, io, { signal }, reach);
    if (!next.isOpen) throw new RtmfpError("CLOSED", "the connection ended at once");
    // The end of the one before is not ours any more: it may come at once.
    this.#current = next;
    this.#link?.moveTo(next);
    this.#url = url;
    this.#connectedAt = io.now();
  }

  /** Longer with every failure; those that a server has lost all at once come back one by one. */
  #pauseMs(): number {
    const longestMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    const [random = 0] = this.#host.io.random(1);
    return longestMs * (0.25 + (0.75 * random) / 256);
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

/** An attempt over UDP asks three times until then, and one over TCP has had its time as well. */
const ATTEMPT_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
/** A server that has been away for long is found again within this and an attempt. */
const MAX_PAUSE_MS = 15_000;
/** By then the pause has reached its maximum. */
const MAX_DOUBLINGS = 4;
/** Who is thrown out again and again, by another one with the same identity, say, tries less and less often. */
const STABLE_MS = 60_000;
