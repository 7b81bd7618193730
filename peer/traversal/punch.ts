import { Ring } from "../../protocol/bytes/ring.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import { AddressQueries, type SocketId } from "./address-queries.ts";
import { ProbeBoard, type ProbePair } from "./probe-board.ts";
import { ProbeSlot } from "./probe-pacer.ts";
import type { PunchSignal } from "./punch-signal.ts";
import type { PunchAction, PunchOptions } from "./punch-terms.ts";
import { SignalExchange } from "./signal-exchange.ts";
import { ATTEMPTS_A_LAP, type Plan, strategies } from "./strategy.ts";
import { type Field, type Tactic, tacticFor } from "./tactics.ts";

type Go = Extract<PunchSignal, { type: "go" }>;

/** PREPARING: sockets and addresses. PROVEN: the far end is told. */
type State = "IDLE" | "PREPARING" | "PUNCHING" | "PROVEN" | "OVER";

/**
 * One attempt at a direct path, by one plan. Both ends run it at the same time: they get ready, tell
 * each other "go", open their own NATs by datagrams that do not arrive, then probe. What carries the
 * probes, and proves a path, is not its business: it hears of that by `onHeard` and `onDirect`.
 */
export class Punch {
  readonly plan: Plan;
  readonly #options: PunchOptions;
  readonly #tactic: Tactic | undefined;
  readonly #queries = new AddressQueries();
  readonly #exchange: SignalExchange;
  readonly #board: ProbeBoard;
  readonly #slot: ProbeSlot;
  readonly #actions = new Ring<PunchAction>();
  #state: State = "IDLE";
  #sockets: readonly SocketId[] = [];
  /** What we tell, until everything that it promises is done. */
  #go: Go | undefined;
  #farGo: Go | undefined;
  #proven: ProbePair | undefined;
  /** BOUNDED: MAX_HEARD. */
  readonly #heard = new Set<string>();
  #deadline = Number.POSITIVE_INFINITY;

  constructor(options: PunchOptions) {
    const { near, far, role, attempt } = options;
    const plans = strategies(near, far, role);
    this.plan = plans[(attempt % ATTEMPTS_A_LAP) % plans.length] ?? { type: "relay" };
    this.#options = options;
    this.#tactic = tacticFor(this.plan);
    this.#exchange = new SignalExchange(options.serverRoundTripMs);
    this.#board = new ProbeBoard(openerHops(attempt));
    this.#slot = new ProbeSlot(options.pacer);
  }

  get attempt(): number {
    return this.#options.attempt;
  }

  /** Has it come to an end? It still answers signals of a far end that has not. */
  get isOver(): boolean {
    return this.#state === "OVER";
  }

  start(now: number): void {
    if (this.#state !== "IDLE") return;
    this.#state = "PREPARING";
    if (!this.#tactic) {
      this.#fail();
      return;
    }
    this.#deadline = now + this.#timeoutMs;
    if (this.#tactic.sockets === 0) this.#begin(undefined, now);
    else this.#actions.push({ type: "sockets", count: this.#tactic.sockets });
  }

  /** The sockets asked for, or fewer. */
  onSockets(sockets: readonly SocketId[], now: number): void {
    this.#sockets = [...this.#sockets, ...sockets];
    if (this.#state === "PROVEN" || this.#state === "OVER") this.#release(this.#proven?.socket);
    if (this.#state !== "PREPARING" || this.#queries.dueAt < Number.POSITIVE_INFINITY) return;
    const [socket] = sockets;
    const { server } = this.#options;
    if (this.#tactic?.isObserved && server && socket !== undefined) {
      this.#queries.ask(socket, server, "same", now);
    } else {
      this.#begin(undefined, now);
    }
  }

  /** A server says where it sees the socket that asked. */
  onAnswer(tag: number, observed: Address, from: Address, now: number): void {
    const answer = this.#queries.answer(tag, observed, from);
    if (answer && this.#state === "PREPARING") this.#begin(answer.observed, now);
  }

  /** The far end tells us something. */
  onSignal(signal: PunchSignal, now: number): void {
    const { type, attempt } = signal;
    // Whoever has a path tells it until that is heard, in whatever attempt.
    if (type === "done") this.#acknowledge("done", attempt);
    if (attempt !== this.attempt) return;
    if (type === "ack") this.#exchange.acknowledged(signal.of);
    if (type === "go") {
      this.#acknowledge("go", attempt);
      this.#onGo(signal, now);
    }
    this.#succeed();
  }

  /** Something of the far end came this way, from wherever: what is sent there may well arrive. */
  onHeard(path: ProbePair, now: number): void {
    if (this.#state !== "PUNCHING" || this.#heard.size >= MAX_HEARD) return;
    const place = `${path.socket} ${formatAddress(path.to)}`;
    // Each end hears of the other by what it answers.
    if (this.#heard.has(place)) return;
    this.#heard.add(place);
    this.#board.answer(path, now);
  }

  /** There is a session now that probes can ask for: those before it were in vain. */
  onSession(now: number): void {
    if (this.#state === "PUNCHING") this.#board.repeat(now);
  }

  /** A datagram has gone to the far end and an answer has come back this way. */
  onDirect(path: ProbePair, now: number): void {
    if (this.#state === "PROVEN" || this.#state === "OVER") return;
    this.#state = "PROVEN";
    this.#proven = path;
    this.#board.clear();
    this.#queries.dropAll();
    this.#release(path.socket);
    this.#go = undefined;
    this.#exchange.acknowledged("go");
    this.#exchange.send({ type: "done", attempt: this.attempt }, now);
  }

  /** Another attempt takes its place. Answers the sockets that it had opened. */
  abandon(): readonly SocketId[] {
    this.#state = "OVER";
    this.#actions.clear();
    return this.#sockets;
  }

  advance(now: number): void {
    if (this.#state === "IDLE" || this.#state === "OVER") return;
    if (now >= this.#deadline && this.#state !== "PROVEN") this.#fail();
    if (this.#slot.take(this.#sendAt, now)) this.#send(now);
    this.#tellGo(now);
    const signal = this.#exchange.take(now);
    if (signal) this.#actions.push({ type: "signal", signal });
    this.#succeed();
  }

  get timeout(): number {
    if (this.#state === "IDLE" || this.#state === "OVER") return Number.POSITIVE_INFINITY;
    const deadline = this.#state === "PROVEN" ? Number.POSITIVE_INFINITY : this.#deadline;
    return Math.min(this.#slot.timeout(this.#sendAt), this.#exchange.dueAt, deadline);
  }

  poll(): PunchAction | undefined {
    return this.#actions.shift();
  }

  get #timeoutMs(): number {
    return (this.#tactic?.timeoutMs ?? 0) + TIMEOUT_ROUND_TRIPS * this.#options.serverRoundTripMs;
  }

  get #field(): Field {
    return { options: this.#options, board: this.#board, sockets: this.#sockets };
  }

  get #sendAt(): number {
    return Math.min(this.#queries.dueAt, this.#board.dueAt);
  }

  /** Everything is prepared. */
  #begin(observed: Address | undefined, now: number): void {
    this.#state = "PUNCHING";
    const isOpen = this.#tactic?.begin(this.#field, now) ?? false;
    // Nothing to send, and the far end has nothing to add.
    if (this.plan.type === "relay" && this.#board.dueAt === Number.POSITIVE_INFINITY) {
      this.#fail();
      return;
    }
    this.#go = { type: "go", attempt: this.attempt, isOpen, observed };
    this.#tellGo(now);
    if (this.#farGo) this.#follow(this.#farGo, now);
  }

  /** "Go" goes out when the openers have, if it says that they have. */
  #tellGo(now: number): void {
    if (!this.#go || !(this.#board.isOpened || this.#tactic?.opensWhileGoing)) return;
    if (this.#go.isOpen) this.#board.openGate(now + this.#options.serverRoundTripMs);
    this.#exchange.send(this.#go, now);
    this.#go = undefined;
  }

  #onGo(go: Go, now: number): void {
    if (this.#farGo || this.#state === "PROVEN" || this.#state === "OVER") return;
    this.#farGo = go;
    this.#deadline = Math.max(this.#deadline, now + this.#timeoutMs);
    if (this.#state === "PUNCHING") this.#follow(go, now);
  }

  /** The far end is ready, and so are we. */
  #follow(go: Go, now: number): void {
    // If it has not opened, it does when it hears of us: as long as we have waited to hear of it.
    this.#board.openGate(go.isOpen ? now : now + this.#options.serverRoundTripMs);
    const observed = go.observed && this.#isVerified(go.observed) ? go.observed : undefined;
    this.#tactic?.onGo(this.#field, observed, now);
  }

  /** A stranger must not make us send to somebody else. */
  #isVerified({ ip }: Address): boolean {
    const { verifiedIps, far } = this.#options;
    return verifiedIps?.includes(ip) ?? far.reflexive.some((address) => address.ip === ip);
  }

  #send(now: number): void {
    const action = this.#queries.take(now) ?? this.#board.take(now);
    if (action) this.#actions.push(action);
  }

  #acknowledge(of: "go" | "done", attempt: number): void {
    this.#actions.push({ type: "signal", signal: { type: "ack", attempt, of } });
  }

  /** Over once the far end knows, or will not hear it any more. */
  #succeed(): void {
    if (this.#state !== "PROVEN" || !this.#proven || this.#exchange.isWaiting("done")) return;
    this.#state = "OVER";
    this.#actions.push({ type: "succeeded", path: this.#proven });
  }

  #fail(): void {
    this.#state = "OVER";
    this.#board.clear();
    this.#queries.dropAll();
    this.#release(undefined);
    this.#actions.push({ type: "failed" });
  }

  #release(kept: SocketId | undefined): void {
    const sockets = this.#sockets.filter((socket) => socket !== kept);
    this.#sockets = this.#sockets.filter((socket) => socket === kept);
    if (sockets.length > 0) this.#actions.push({ type: "release", sockets });
  }
}

/**
 * An opener has to pass our own NATs and to end before the far end's. Routers that take flows for
 * their own stand at home: the first hop. Where there are two layers of NAT, the next attempt opens both.
 */
function openerHops(attempt: number): number[] {
  return OPENER_HOPS.map((_, index) => OPENER_HOPS[(index + attempt) % OPENER_HOPS.length] ?? 2);
}

const OPENER_HOPS: readonly number[] = [2, 4, 8];
/** Sources of one attempt that are answered: a birthday hits several of 256 sockets at once. */
const MAX_HEARD = 32;
/** What comes before the first probe, and the last answer. */
const TIMEOUT_ROUND_TRIPS = 6;
