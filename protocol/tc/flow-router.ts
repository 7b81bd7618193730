import type { FlowEvent } from "../flow/events.ts";
import type { RecvFlow } from "../flow/recv-flow.ts";
import type { Session } from "../session/session.ts";
import { contain, type OnFault } from "./containment.ts";
import { decodeFlowMetadata } from "./flow-metadata.ts";
import { FlowTransport, type FlowTransportOptions } from "./flow-transport.ts";

/**
 * Decides what to do with a group of flows that the far end starts, on stream 0 (a NetConnection) or
 * another (a peer-to-peer stream, RFC 7425 §5.4). Answers false to reject it, or sets the
 * transport's handler and answers true.
 */
export type AcceptTransport = (transport: FlowTransport, streamId: number) => boolean;

export interface FlowRouterOptions extends FlowTransportOptions {
  /** Told of errors in the handling of an event: they have ended the session, as `FAULT`. */
  readonly onFault?: OnFault | undefined;
}

/**
 * Sorts the flows of one session into groups by their return associations. Whatever goes wrong in the
 * handling of what arrives ends this session, and no other.
 */
export class FlowRouter {
  readonly session: Session;
  readonly #accept: AcceptTransport;
  readonly #options: FlowRouterOptions;
  /** BOUNDED: each needs a flow, and a session's flows are bounded. */
  readonly #transports = new Set<FlowTransport>();
  /** Whose group a flow of the far end is in. BOUNDED: by the session's flows. */
  readonly #owners = new Map<RecvFlow, FlowTransport>();

  constructor(session: Session, accept: AcceptTransport, options: FlowRouterOptions = {}) {
    this.session = session;
    this.#accept = accept;
    this.#options = options;
  }

  /** Starts a group; its first message opens the control flow. */
  start(): FlowTransport {
    const transport = new FlowTransport(this.session, undefined, this.#options);
    this.#transports.add(transport);
    return transport;
  }

  /** Takes an event of the session's flows. */
  handle(event: FlowEvent, now: number): void {
    contain(this.session, () => this.#handle(event, now), this.#options.onFault);
  }

  /** The session is closed. */
  end(now: number): void {
    for (const transport of this.#transports) {
      contain(this.session, () => transport.end(now), this.#options.onFault);
    }
    this.#transports.clear();
    this.#owners.clear();
  }

  #handle(event: FlowEvent, now: number): void {
    if (event.type === "message") {
      const { flow, bytes, afterGap } = event;
      this.#owners.get(flow)?.receive(flow, bytes, afterGap, now);
      return;
    }
    if (event.type === "flow") this.#route(event.flow);
    else if (event.type === "flow-resumed") this.#owners.get(event.flow)?.flowResumed(now);
    else if (event.type === "flow-ended") {
      this.#owners.get(event.flow)?.flowEnded(event.flow, now);
      this.#owners.delete(event.flow);
    } else if (event.type === "flow-rejected") {
      for (const transport of this.#transports) {
        if (transport.owns(event.flow)) transport.flowRejected(event.flow, now);
      }
    }
    this.#forgetEnded();
  }

  #route(flow: RecvFlow): void {
    const { association } = flow;
    const metadata = decodeFlowMetadata(flow.metadata);
    if (!metadata) return;
    if (association) {
      for (const transport of this.#transports) {
        if (transport.owns(association) && transport.adopt(flow)) this.#owners.set(flow, transport);
      }
      return;
    }
    const transport = new FlowTransport(this.session, flow, this.#options);
    this.#owners.set(flow, transport);
    if (this.#accept(transport, metadata.streamId)) this.#transports.add(transport);
    else flow.reject();
  }

  /** Not with every message: there may be many groups, and one that has ended does nothing any more. */
  #forgetEnded(): void {
    for (const transport of this.#transports) {
      if (transport.isEnded) this.#transports.delete(transport);
    }
    for (const [flow, transport] of this.#owners) {
      if (!this.#transports.has(transport)) this.#owners.delete(flow);
    }
  }
}
