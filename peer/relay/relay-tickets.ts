import { type AmfValue, isAmfObject } from "../../protocol/amf/value.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Io } from "../../protocol/io.ts";
import type { WaitOptions } from "../options.ts";
import type { ServerLink } from "../server/server-link.ts";
import { within } from "../wait.ts";
import type { RelayTicket } from "./tunnel.ts";

/** Tickets for the relay, as the server gives them. */
export class RelayTickets {
  readonly #server: ServerLink;
  readonly #io: Io;
  #latest: RelayTicket | undefined;
  #latestAt = Number.NEGATIVE_INFINITY;

  constructor(server: ServerLink, io: Io) {
    this.#server = server;
    this.#io = io;
  }

  /** The relay does not take the latest one any more. */
  forget(): void {
    this.#latestAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * The latest while it is good for sure: a tunnel that broke is wanted back at once, and what broke it
   * may be between us and the server, too. Then a new one; the latest after all if the server does not
   * answer, since it may be good still. Rejects with `CALL_FAILED` if the server has no relay for us,
   * `CLOSED`, `TIMEOUT`, or the signal's reason.
   */
  async next(options: WaitOptions): Promise<RelayTicket> {
    const late = (): RtmfpError => new RtmfpError("TIMEOUT", "the server does not answer");
    if (this.#latest && this.#io.now() - this.#latestAt < FRESH_MS) return this.#latest;
    try {
      this.#latest = readTicket(
        await within(ANSWER_MS, late, this.#io, options, (wait) =>
          this.#server.call("relayToken", [], wait),
        ),
      );
      this.#latestAt = this.#io.now();
      return this.#latest;
    } catch (error) {
      const isSilent = error instanceof RtmfpError && SILENT.has(error.code);
      if (isSilent && this.#latest) return this.#latest;
      throw error;
    }
  }
}

function readTicket(value: AmfValue): RelayTicket {
  const { token, urls } = isAmfObject(value) ? value : {};
  if (typeof token !== "string" || !Array.isArray(urls)) {
    throw new RtmfpError("PROTOCOL", "the server's ticket for the relay makes no sense");
  }
  const texts = urls.filter((url) => typeof url === "string");
  return { token, urls: texts.slice(0, MAX_URLS) };
}

const SILENT: ReadonlySet<string> = new Set(["CLOSED", "TIMEOUT"]);
/** Half of what a token is good for, docs/relay.md. */
const FRESH_MS = 300_000;
const ANSWER_MS = 3_000;
/** Three protocols on a few ports each. */
const MAX_URLS = 16;
