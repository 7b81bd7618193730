import { toHex } from "../../protocol/bytes/hex.ts";
import { addressQuery } from "../../protocol/crypto/address-query.ts";
import type { Io } from "../../protocol/io.ts";
import { TAG_BYTES } from "../../protocol/params.ts";
import type { Path } from "../../protocol/session/events.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { Redirect } from "../../protocol/wire/chunks/redirect.ts";
import type { AddressQuery, SocketId } from "../traversal/address-queries.ts";
import type { TraversalSockets } from "./traversal-sockets.ts";

/** What a server says: where it saw the sender, and who else of it answers. */
export interface SeenAt {
  readonly observed: Address;
  /** The address that answered. */
  readonly from: Address;
  /** Which of our sockets got the answer; undefined: one that is gone. */
  readonly socket: SocketId | undefined;
  /** Other sockets of the server; an IP address of 0.0.0.0 or :: is the one that was asked. */
  readonly others: readonly Address[];
}

interface Question {
  readonly key: string;
  readonly onAnswer: (seen: SeenAt) => void;
}

/** Sends address queries, and knows whose question an answer is for. */
export class AddressAsker {
  readonly #sockets: TraversalSockets;
  readonly #io: Io;
  /** By tags, the oldest first. BOUNDED: MAX_QUESTIONS. */
  readonly #questions = new Map<string, Question>();

  constructor(sockets: TraversalSockets, io: Io) {
    this.#sockets = sockets;
    this.#io = io;
  }

  /** Asks once. `onAnswer` may be called more than once, or never. */
  ask(query: Omit<AddressQuery, "tag">, onAnswer: (seen: SeenAt) => void): void {
    const tag = this.#io.random(TAG_BYTES);
    const key = toHex(tag);
    this.#questions.set(key, { key, onAnswer });
    const [oldest] = this.#questions.keys();
    if (this.#questions.size > MAX_QUESTIONS && oldest !== undefined) {
      this.#questions.delete(oldest);
    }
    const endpointDiscriminator = addressQuery(query.answerFrom, query.replyPort);
    this.#sockets.sendHello(query.socket, query.server, { endpointDiscriminator, tag });
  }

  /** A Redirect that belongs to no opening session. Answers false if nobody asked for it. */
  take({ tagEcho, destinations }: Redirect, path: Path): boolean {
    const question = this.#questions.get(toHex(tagEcho));
    const [observed, ...others] = destinations;
    if (!question || !observed) return false;
    this.#questions.delete(question.key);
    const { ip, port } = observed;
    const socket = this.#sockets.socketOf(path.link);
    question.onAnswer({ observed: { ip, port }, from: path.address, socket, others });
    return true;
  }
}

/** A discovery asks some thirty times, and questions may be asked again. */
const MAX_QUESTIONS = 256;
