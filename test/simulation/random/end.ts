import assert from "node:assert/strict";
import type { RecvFlow } from "../../../protocol/flow/recv-flow.ts";
import type { Io, Link } from "../../../protocol/io.ts";
import { DATAGRAM_BYTES } from "../../../protocol/params.ts";
import type { EndpointEvent } from "../../../protocol/session/events.ts";
import type { Opening } from "../../../protocol/session/opening.ts";
import type { Session } from "../../../protocol/session/session.ts";
import type { Host } from "../../lab/index.ts";
import { Station } from "../../support/station.ts";
import { drifting } from "./clock.ts";
import type { Ledger, ReceivedFlow, SentFlow } from "./ledger.ts";
import type { EndPlan } from "./plan.ts";

/** One of the two: a host, and the station that runs there now. */
export class End {
  readonly host: Host;
  readonly #index: number;
  readonly #plan: EndPlan;
  readonly #io: Io;
  readonly #ledger: Ledger;
  #station: Station;
  #link: Link | undefined;
  #isListening = false;
  readonly #closed = new Set<Session>();
  /** What was asked of the station, and how often it was answered. */
  readonly #openings = new Map<Opening, number>();
  /** In flight when it was looked at last, bytes. */
  readonly #outstanding = new Map<Session, number>();

  constructor(host: Host, index: number, plan: EndPlan, ledger: Ledger) {
    this.host = host;
    this.#index = index;
    this.#plan = plan;
    this.#io = drifting(host.io, plan.clockRate, plan.clockStartMs);
    this.#ledger = ledger;
    this.#station = this.#newStation();
    host.up.set(plan.line);
  }

  get station(): Station {
    return this.#station;
  }

  /** One that has answered several openings comes once. */
  get openSessions(): Session[] {
    return [...new Set(this.#station.sessions.filter(({ isOpen }) => isOpen))];
  }

  /** Flows of the session that it would use, which may still be sent on. */
  get sentFlows(): SentFlow[] {
    const sessions = this.openSessions;
    return [...this.#ledger.sent.values()].filter(
      ({ session, flow }) => sessions.includes(session) && flow.state === "OPEN",
    );
  }

  get receivedFlows(): ReceivedFlow[] {
    const sessions = this.openSessions;
    return [...this.#ledger.received.values()].filter(({ session }) => sessions.includes(session));
  }

  async listen(port: number = PORT): Promise<void> {
    this.#link = await this.#station.driver.bind({ ip: this.host.ip, port });
  }

  /** A new socket in place of the old one, at another port. */
  async rebind(): Promise<void> {
    const old = this.#link;
    await this.listen(0);
    if (old) await this.#station.driver.unbind(old);
  }

  dial(other: End): void {
    const { address } = other.#link ?? {};
    if (!address) return;
    const opening = this.#station.dial(other.#station, [address]);
    this.#openings.set(opening, this.#openings.get(opening) ?? 0);
  }

  /** From now on it holds nothing back. */
  listenToAll(): void {
    this.#isListening = true;
    this.#station.driver.turn(() => {
      for (const { flow } of this.receivedFlows) flow.resume();
    });
  }

  /** The station that was there is to be gone: a new one begins without its memory. */
  async restart(): Promise<void> {
    const { port = PORT } = this.#link?.address ?? {};
    this.#openings.clear();
    this.#station = this.#newStation();
    await this.listen(port);
  }

  /** Has every opening been answered? */
  get isAnswered(): boolean {
    return [...this.#openings.values()].every((answers) => answers === 1);
  }

  /** What must hold whenever the machine is at rest. */
  check(): void {
    const { openSessions } = this;
    checkSuccession(openSessions);
    for (const session of openSessions) {
      this.#checkWindow(session);
      this.#checkPace(session);
      assert.ok(session.sending.size <= this.#ledger.sent.size, "flows that nobody opened");
    }
  }

  /** Nothing is left of any session, and nothing is going to happen. */
  checkGone(): void {
    const { endpoint } = this.#station.driver;
    assert.equal(endpoint.stats.sessions, 0, "sessions left");
    assert.equal(endpoint.stats.remembered, 0, "something of them is left");
    assert.equal(endpoint.timeout, Number.POSITIVE_INFINITY, "timers left");
    for (const session of this.#station.sessions) assert.ok(this.#closed.has(session), "not told");
  }

  #checkWindow(session: Session): void {
    const { outstandingBytes } = session.sending;
    const before = this.#outstanding.get(session) ?? 0;
    this.#outstanding.set(session, outstandingBytes);
    assert.ok(outstandingBytes >= 0);
    // The window may shrink.
    if (outstandingBytes <= before) return;
    // §3.6.2.3: what fills the window may overshoot it.
    const most = session.stats.windowBytes + DATAGRAM_BYTES;
    assert.ok(outstandingBytes <= most, `${outstandingBytes} bytes in flight, not ${most}`);
  }

  /** §3.5.2.3: what waits while nothing is in flight goes within a round trip or so, whatever is heard. */
  #checkPace(session: Session): void {
    const { sending, roundTripMs = 0, timeout } = session;
    if (sending.outstandingBytes > 0) return;
    const now = this.#io.now();
    if (!sending.hasData(now)) return;
    const waitMs = timeout - now;
    assert.ok(waitMs <= PACE_MS + 2 * roundTripMs, `data is held back for ${waitMs} ms`);
  }

  #newStation(): Station {
    const { congestion } = this.#plan;
    const station = new Station(this.#io, this.#index, { congestion });
    station.accepts = (flow, session) => {
      const { bufferBytes, isWanted } = this.#ledger.arriveFlow(flow, session);
      station.bufferBytes = bufferBytes;
      return isWanted;
    };
    station.onEvent = (event) => this.#note(event);
    return station;
  }

  #note(event: EndpointEvent): void {
    if ("session" in event) {
      assert.ok(!this.#closed.has(event.session), `${event.type} after the end of its session`);
    }
    switch (event.type) {
      case "session":
      case "open-failed":
        if (event.opening) this.#noteAnswer(event.opening);
        break;
      case "closed":
        this.#closed.add(event.session);
        break;
      case "flow":
        this.#receive(event.flow);
        break;
      case "message":
        this.#ledger.arrive(event.flow, event.bytes, event.afterGap);
        break;
      case "flow-ended":
        this.#ledger.end(event.flow, event.isComplete);
        break;
      case "flow-rejected":
        this.#ledger.reject(event.flow);
        break;
      default:
    }
  }

  #receive(flow: RecvFlow): void {
    flow.setOrder(this.#ledger.received.get(flow)?.sent.reception.order ?? "sequence");
    if (this.#isListening) flow.resume();
  }

  #noteAnswer(opening: Opening): void {
    const answers = this.#openings.get(opening) ?? 0;
    assert.equal(answers, 0, "a second answer to an opening");
    this.#openings.set(opening, 1);
  }
}

/**
 * §3.5.1.1.2: of the sessions that the far end has opened, one that it has proven to hold the keys of ends
 * those before it. In the order in which they were told, which for these is that of their opening.
 */
function checkSuccession(sessions: readonly Session[]): void {
  if (sessions.length <= 1) return;
  const opened = sessions.filter(({ terms }) => terms.role === "responder");
  const [, ...newer] = opened;
  for (const { isConfirmed } of newer) {
    assert.ok(!isConfirmed, "a newer session leaves an older one open");
  }
}

const PORT = 1935;
/** Less than anything else that would wake a session up takes. */
const PACE_MS = 1_000;
