import { Ring } from "../../protocol/bytes/ring.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { AddressQueries, type QueryAction, type SocketId } from "./address-queries.ts";
import { NatEvidence, SEQUENCE_SAMPLES } from "./nat-evidence.ts";
import type { NatReport } from "./nat-report.ts";
import { type ProbePacer, ProbeSlot } from "./probe-pacer.ts";

export interface NatDiscoveryOptions {
  /**
   * Where servers answer address queries, all of one address family; the first is the one that the
   * main socket talks to. Two ports show whether the mapping depends on ports, a second IP address
   * whether it depends on addresses.
   */
  readonly servers: readonly Address[];
  /** IP addresses of this host. */
  readonly localIps: readonly string[];
  readonly pacer: ProbePacer;
  /**
   * How much longer than a round trip and a half an answer from elsewhere may take: a filter is what
   * nothing has come through by then, ms.
   * @default 30
   */
  readonly filterGraceMs?: number | undefined;
}

/** A socket opened for a machine, and its port on this host. */
export interface OpenedSocket {
  readonly id: SocketId;
  readonly port: number;
}

export type DiscoveryAction =
  | QueryAction
  /** Open so many sockets more, on any port, and call `onSockets`. */
  | { readonly type: "sockets"; readonly count: number }
  | { readonly type: "release"; readonly sockets: readonly SocketId[] }
  /** The last action: what was found. */
  | { readonly type: "report"; readonly report: NatReport };

/**
 * Learns what kind of NAT stands in front of this host, RFC 5780 with the address queries of our
 * servers: two round trips on a good network, 3 s at most on any. What stays unanswered is unknown.
 *
 * The main socket asks two or more addresses of servers (mapping). One fresh socket asks one address to
 * answer from others, where it has sent nothing (filtering). It and a few more show which ports new
 * mappings get (allocation); a block needs more of them, and another round trip.
 */
export class NatDiscovery {
  readonly #options: NatDiscoveryOptions;
  readonly #queries = new AddressQueries();
  readonly #slot: ProbeSlot;
  readonly #actions = new Ring<DiscoveryAction>();
  readonly #evidence: NatEvidence;
  readonly #sockets: OpenedSocket[] = [];
  /** Queries that must be answered, or given up, before there is a report. */
  readonly #asked: number[] = [];
  /** Answers from elsewhere that a filter may let through. */
  #filtering: { readonly control: number; readonly tags: number[] } | undefined;
  /** When no answer from elsewhere is expected any more. */
  #filteredAt = Number.POSITIVE_INFINITY;
  #awaitsSockets = false;
  #rounds = 0;
  #deadline = Number.POSITIVE_INFINITY;
  #isDone = false;

  constructor(options: NatDiscoveryOptions) {
    this.#options = options;
    this.#slot = new ProbeSlot(options.pacer);
    this.#evidence = new NatEvidence(options.localIps);
  }

  /** What is known so far. */
  get report(): NatReport {
    return this.#evidence.report(this.#isDone);
  }

  /** `mainPort` is the main socket's port on this host. */
  start(mainPort: number, now: number): void {
    this.#deadline = now + DISCOVERY_TIMEOUT_MS;
    this.#evidence.addSocket({ id: MAIN_SOCKET, port: mainPort });
    for (const server of this.#options.servers.slice(0, MAX_SERVERS)) {
      this.#asked.push(this.#queries.ask(MAIN_SOCKET, server, "same", now));
    }
    if (this.#asked.length === 0) this.#finish();
    else this.#open(SEQUENCE_SAMPLES);
  }

  /** The sockets asked for, or fewer if no more could be had. */
  onSockets(sockets: readonly OpenedSocket[], now: number): void {
    this.#sockets.push(...sockets);
    if (this.#isDone) this.#release();
    if (this.#isDone || !this.#awaitsSockets) return;
    this.#awaitsSockets = false;
    const [server] = this.#options.servers;
    if (!server) return;
    for (const socket of sockets) {
      this.#evidence.addSocket(socket);
      const tag = this.#queries.ask(socket.id, server, "same", now);
      this.#asked.push(tag);
      this.#filtering ??= {
        control: tag,
        tags: (["port", "address"] as const).map((from) =>
          this.#queries.ask(socket.id, server, from, now),
        ),
      };
    }
    this.#settle(now);
  }

  /** An answer came: where the server saw the socket, and which of its addresses says so. */
  onAnswer(tag: number, observed: Address, from: Address, now: number): void {
    const answer = this.#queries.answer(tag, observed, from);
    if (!answer) return;
    this.#evidence.add(answer);
    if (tag === this.#filtering?.control) this.#expectFiltered(now - answer.sentAt, now);
    this.#settle(now);
  }

  /** Ends it without a report. Answers the sockets that it had opened. */
  abandon(): readonly SocketId[] {
    this.#isDone = true;
    this.#queries.dropAll();
    this.#actions.clear();
    return this.#sockets.splice(0).map(({ id }) => id);
  }

  advance(now: number): void {
    if (this.#isDone) return;
    if (now >= this.#deadline) this.#finish();
    else this.#settle(now);
    if (this.#slot.take(this.#queries.dueAt, now)) {
      const query = this.#queries.take(now);
      if (query) this.#actions.push(query);
    }
  }

  get timeout(): number {
    if (this.#isDone) return Number.POSITIVE_INFINITY;
    return Math.min(this.#slot.timeout(this.#queries.dueAt), this.#filteredAt, this.#deadline);
  }

  poll(): DiscoveryAction | undefined {
    return this.#actions.shift();
  }

  /**
   * The fresh socket works: what is asked to come from elsewhere was under way as long. It is asked
   * for once more, in case it was lost.
   */
  #expectFiltered(roundTripMs: number, now: number): void {
    for (const tag of this.#filtering?.tags ?? []) this.#queries.repeat(tag, now);
    const { filterGraceMs = FILTER_GRACE_MS } = this.#options;
    this.#filteredAt = now + roundTripMs * FILTER_WAIT + filterGraceMs;
  }

  /** Goes on to what comes next, if everything of this round is known. */
  #settle(now: number): void {
    if (this.#isDone || this.#awaitsSockets) return;
    const tags = this.#filtering?.tags ?? [];
    if (now >= this.#filteredAt) {
      this.#filteredAt = Number.POSITIVE_INFINITY;
      for (const tag of tags) this.#queries.drop(tag);
      this.#evidence.noteFiltered();
    }
    if ([...this.#asked, ...tags].some((tag) => this.#queries.isWaiting(tag))) return;
    const { wantedSamples } = this.#evidence;
    if (wantedSamples === 0 || this.#rounds === MAX_ROUNDS) this.#finish();
    else this.#open(wantedSamples);
  }

  #open(count: number): void {
    this.#awaitsSockets = true;
    this.#rounds += 1;
    this.#actions.push({ type: "sockets", count });
  }

  #finish(): void {
    this.#isDone = true;
    this.#queries.dropAll();
    this.#release();
    this.#actions.push({ type: "report", report: this.report });
  }

  #release(): void {
    const sockets = this.#sockets.splice(0).map(({ id }) => id);
    if (sockets.length > 0) this.#actions.push({ type: "release", sockets });
  }
}

export const MAIN_SOCKET: SocketId = 0;
/** A report is there by then: two repetitions of a query fit in. */
const DISCOVERY_TIMEOUT_MS = 2_800;
/** More addresses tell nothing new. */
const MAX_SERVERS = 4;
/** Of fresh sockets: the second if ports seem to come from a block, or datagrams were lost. */
const MAX_ROUNDS = 3;
/** An answer from elsewhere may take as many round trips as the one that came, … */
const FILTER_WAIT = 1.5;
/** … and the server a moment more. */
const FILTER_GRACE_MS = 30;
