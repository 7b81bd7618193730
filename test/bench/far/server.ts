import {
  createFlashCrypto,
  createIdentity,
  Driver,
  type EndpointEvent,
  type Io,
  type RecvFlow,
  type SendFlow,
  type Session,
} from "../../../protocol/index.ts";
import { nodePrimitives } from "../../../protocol/node/index.ts";

/** A server that accepts every flow and sends the messages of those named "echo" back. */
export class Server {
  readonly driver: Driver;
  readonly #echoes = new Map<RecvFlow, SendFlow>();

  constructor(io: Io, group: number) {
    const identity = createIdentity(nodePrimitives, {
      kind: "ephemeral",
      groups: [group],
      acceptsAncillary: true,
    });
    const crypto = createFlashCrypto(nodePrimitives, identity);
    this.driver = new Driver(io, { crypto }, (event) => this.#take(event));
  }

  #take(event: EndpointEvent): void {
    if (event.type === "flow") this.#accept(event.flow, event.session);
    else if (event.type === "flow-ended") this.#echoes.delete(event.flow);
    else if (event.type === "message") {
      const echo = this.#echoes.get(event.flow);
      if (echo) this.driver.turn((now) => echo.send(event.bytes, {}, now));
    }
  }

  #accept(flow: RecvFlow, session: Session): void {
    flow.accept();
    if (new TextDecoder().decode(flow.metadata) !== "echo") return;
    const { metadata, id } = flow;
    const echo = this.driver.turn(() => session.openFlow({ metadata, returnAssociation: id }));
    this.#echoes.set(flow, echo);
  }
}
