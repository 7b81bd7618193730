import type { FlowEvent } from "../flow/events.ts";
import type { RecvFlow } from "../flow/recv-flow.ts";
import type { Session } from "../session/session.ts";
import { decodeFlowMetadata } from "./flow-metadata.ts";
import { FlowTransport, type FlowTransportOptions } from "./flow-transport.ts";

/**
 * Decides what to do with a group of flows that the far end starts, on stream 0 (a NetConnection) or
 * another (a peer-to-peer stream, RFC 7425 §5.4). Answers false to reject it, or sets the
 * transport's handler and answers true.
 */
export type AcceptTransport = (transport: FlowTransport, streamId: number) => boolean;

/** Sorts the flows of one session into groups by their return associations. */
export class FlowRouter {
  readonly session: Session;
  readonly #accept: AcceptTransport;
  readonly #options: FlowTransportOptions;
  /** BOUNDED: each needs a flow, and a session's flows are bounded. */
  readonly #transports = new Set<FlowTransport>();

  constructor(session: Session, accept: AcceptTransport, options: FlowTransportOptions = {}) {
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
    if (event.type === "flow") this.#route(event.flow);
    else if (event.type === "message") {
      const { flow, bytes, afterGap } = event;
      for (const transport of this.#transports) {
        if (transport.receive(flow, bytes, afterGap, now)) break;
      }
    } else if (event.type === "flow-resumed") {
      for (const transport of this.#transports) transport.flowResumed(now);
    } else if (event.type === "flow-ended") {
      for (const transport of this.#transports) transport.flowEnded(event.flow, now);
    } else if (event.type === "flow-rejected") {
      for (const transport of this.#transports) {
        if (transport.owns(event.flow)) transport.flowRejected(event.flow, now);
      }
    }
    this.#forgetEnded();
  }

  /** The session is closed. */
  end(now: number): void {
    for (const transport of this.#transports) transport.end(now);
    this.#transports.clear();
  }

  #route(flow: RecvFlow): void {
    const { association } = flow;
    const metadata = decodeFlowMetadata(flow.metadata);
    if (!metadata) return;
    if (association) {
      for (const transport of this.#transports) {
        if (transport.owns(association)) transport.adopt(flow);
      }
      return;
    }
    const transport = new FlowTransport(this.session, flow, this.#options);
    if (this.#accept(transport, metadata.streamId)) this.#transports.add(transport);
    else flow.reject();
  }

  #forgetEnded(): void {
    for (const transport of this.#transports) {
      if (transport.isEnded) this.#transports.delete(transport);
    }
  }
}
