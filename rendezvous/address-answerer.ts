import {
  type AnswerFrom,
  MAX_QUERY_SOCKETS,
  readAddressQuery,
} from "../protocol/crypto/address-query.ts";
import type { LinkId } from "../protocol/session/events.ts";
import { type Address, type CandidateAddress, Origin } from "../protocol/wire/address.ts";
import type { IntroducerHost, StrayHello } from "./introducer.ts";
import { KeyedBuckets, type Rate, sourceOf } from "./rate-limit.ts";

/** One of the server's sockets. */
export interface ServerSocket {
  readonly link: LinkId;
  readonly local: Address;
}

/**
 * Tells peers where they are seen, see `addressQuery`: asked from one socket of theirs at several of
 * ours, they learn what kind of NAT they are behind. Nothing is remembered.
 */
export class AddressAnswerer {
  readonly #host: Pick<IntroducerHost, "redirect">;
  readonly #sources = new KeyedBuckets(SOURCE_RATE, MAX_SOURCES);
  readonly #sockets: ServerSocket[] = [];

  constructor(host: Pick<IntroducerHost, "redirect">) {
    this.#host = host;
  }

  addSocket(socket: ServerSocket): void {
    this.#sockets.push(socket);
  }

  /** Answers false if the hello is something else. */
  answer({ hello, link, from }: StrayHello, now: number): boolean {
    const question = readAddressQuery(hello.endpointDiscriminator);
    if (!question) return false;
    const { answerFrom, replyPort } = question;
    const asked = this.#sockets.find((socket) => socket.link === link);
    if (!asked) return true;
    const relatives = this.#sockets.filter((other) => isOfFamily(other, asked) && other !== asked);
    const answering = answerFrom === "same" ? asked : relatives.find(differsIn(answerFrom, asked));
    if (!answering || !this.#sources.take(sourceOf(from), now)) return true;
    const sockets = relatives
      .slice(0, MAX_QUERY_SOCKETS)
      .map(({ local }): CandidateAddress => ({ ...local, origin: Origin.reported }));
    const seen = { ...from, origin: Origin.observed };
    // Never to another host than the one that asks.
    const to = { ip: from.ip, port: replyPort || from.port };
    this.#host.redirect(answering.link, to, hello.tag, [seen, ...sockets], now);
    return true;
  }
}

function isOfFamily(one: ServerSocket, other: ServerSocket): boolean {
  return one.local.ip.includes(":") === other.local.ip.includes(":");
}

function differsIn(what: Exclude<AnswerFrom, "same">, asked: ServerSocket) {
  return ({ local }: ServerSocket): boolean =>
    (local.ip === asked.local.ip) === (what === "port") && local.port !== asked.local.port;
}

/** A discovery asks some ten times, a port prediction with fresh samples some thirty times. */
const SOURCE_RATE: Rate = { perSecond: 50, burst: 200 };
/** Sources that are remembered, as the introducer's. */
const MAX_SOURCES = 65_536;
