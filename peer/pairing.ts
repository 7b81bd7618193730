import { type AmfObject, isAmfObject } from "../protocol/amf/value.ts";
import { RtmfpError } from "../protocol/errors.ts";
import type { Command } from "../protocol/tc/command.ts";
import type { WaitOptions } from "./options.ts";
import type { PeerSession } from "./peer-session.ts";
import type { ServerLink } from "./server-link.ts";
import { wait } from "./wait.ts";

/** Whom one wants to be paired with. */
export interface PairOptions extends WaitOptions {
  /**
   * At least one has to be shared, at most 16 of at most 64 bytes.
   * @default anybody
   */
  readonly tags?: readonly string[] | undefined;
  /**
   * Peer IDs that are not wanted.
   * @default nobody
   */
  readonly avoid?: readonly string[] | undefined;
}

/** What the server says when it has found somebody, see the rendezvous protocol. */
export interface Pair {
  readonly peerId: string;
  /** This end opens the session; exactly one of the two does. */
  readonly isInitiator: boolean;
}

/** How sessions with a stranger come about. */
export interface PairingHost {
  /** Opens a session, introduced by the server. */
  open(peerId: string, options: WaitOptions): Promise<PeerSession>;
  /** Waits for the far end to open one. */
  expect(peerId: string, options: WaitOptions): Promise<PeerSession>;
  /** The server says that the partner left. */
  onPartnerLeft(peerId: string, reason: string): void;
}

/** Standing in line for a stranger, and leaving one for the next. */
export class Pairing {
  readonly #server: ServerLink;
  readonly #host: PairingHost;
  /** BOUNDED: a peer is in one pair at a time; the latest counts. */
  #found: Pair | undefined;
  #notify: ((pair: Pair) => void) | undefined;
  #partner: PeerSession | undefined;
  /** The stranger that we are trying to reach, or wait for. */
  #meeting: { readonly peerId: string; readonly abort: () => void } | undefined;
  #isBusy = false;

  constructor(server: ServerLink, host: PairingHost) {
    this.#server = server;
    this.#host = host;
  }

  /** The session of the current pair, while it is open. */
  get partner(): PeerSession | undefined {
    return this.#partner?.isOpen ? this.#partner : undefined;
  }

  join(options: PairOptions): Promise<PeerSession> {
    const wishes: AmfObject = {
      tags: [...(options.tags ?? [])],
      avoid: [...(options.avoid ?? [])],
    };
    return this.#next("pairJoin", [wishes], options);
  }

  next(options: WaitOptions): Promise<PeerSession> {
    return this.#next("pairNext", [], options);
  }

  async leave(options: WaitOptions): Promise<void> {
    this.#dropPartner();
    await this.#server.call("pairLeave", [], options);
  }

  /** A command of the server. Answers false if it is none of ours. */
  onCall(command: Command): boolean {
    const [info] = command.args;
    if (command.name !== "onPair" && command.name !== "onPairEnd") return false;
    if (!isAmfObject(info) || typeof info.peerId !== "string") return true;
    const { peerId, reason, initiator } = info;
    if (command.name === "onPair") {
      this.#found = { peerId, isInitiator: initiator === true };
      this.#notify?.(this.#found);
    } else {
      if (this.#partner?.peerId === peerId) this.#dropPartner();
      if (this.#meeting?.peerId === peerId) this.#meeting.abort();
      this.#host.onPartnerLeft(peerId, typeof reason === "string" ? reason : "");
    }
    return true;
  }

  async #next(method: string, args: AmfObject[], options: PairOptions): Promise<PeerSession> {
    if (this.#isBusy) throw new RtmfpError("LIMIT", "this peer stands in line already");
    this.#isBusy = true;
    try {
      this.#dropPartner();
      this.#partner = await this.#stand(method, args, options);
      return this.#partner;
    } catch (error) {
      this.#server.call("pairLeave").catch(() => undefined);
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  /** A partner who leaves before we have met does not count: stands in line again. */
  async #stand(method: string, args: AmfObject[], options: PairOptions): Promise<PeerSession> {
    this.#found = undefined;
    await this.#server.call(method, args, options);
    const pair = await this.#untilFound(options);
    const meeting = new AbortController();
    this.#meeting = { peerId: pair.peerId, abort: () => meeting.abort() };
    try {
      const signal = options.signal
        ? AbortSignal.any([options.signal, meeting.signal])
        : meeting.signal;
      const meet = pair.isInitiator ? this.#host.open : this.#host.expect;
      return await meet(pair.peerId, { signal });
    } catch (error) {
      if (!meeting.signal.aborted || options.signal?.aborted) throw error;
      return this.#stand(method, args, options);
    } finally {
      this.#meeting = undefined;
    }
  }

  #untilFound(options: WaitOptions): Promise<Pair> {
    if (this.#found) return Promise.resolve(this.#found);
    return wait(options, (resolve) => {
      this.#notify = resolve;
      return () => {
        this.#notify = undefined;
      };
    });
  }

  #dropPartner(): void {
    this.#partner?.close();
    this.#partner = undefined;
  }
}
