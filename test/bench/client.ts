import {
  type Address,
  createFlashCrypto,
  createIdentity,
  Driver,
  type FlowEvent,
  type Io,
  type RtmfpError,
  type SendFlow,
  type Session,
  serverDiscriminator,
} from "../../protocol/index.ts";
import { nodePrimitives } from "../../protocol/node/index.ts";

/** An endpoint with a socket and an identity of its own. HMAC and sequence numbers are on. */
export class Client {
  readonly driver: Driver;
  /** Called with what its flows tell. */
  onFlowEvent: (event: FlowEvent) => void = () => undefined;
  #settle: { done(session: Session): void; fail(error: RtmfpError): void } | undefined;

  private constructor(io: Io, group: number, maxDatagramBytes: number | undefined) {
    const identity = createIdentity(nodePrimitives, { kind: "static", groups: [group] });
    const crypto = createFlashCrypto(nodePrimitives, identity);
    this.driver = new Driver(io, { crypto, maxDatagramBytes }, (event) => {
      if (event.type === "session") this.#settle?.done(event.session);
      else if (event.type === "open-failed") this.#settle?.fail(event.error);
      else if (event.type === "flow") event.flow.accept();
      if (event.type === "message") this.onFlowEvent(event);
    });
  }

  /** `maxDatagramBytes`: undefined for as much as loopback carries. */
  static async bind(io: Io, group: number, maxDatagramBytes?: number): Promise<Client> {
    const client = new Client(io, group, maxDatagramBytes);
    await client.driver.bind({ ip: "127.0.0.1", port: 0 });
    return client;
  }

  /** Opens a session to the server there; one at a time. */
  open(server: Address): Promise<Session> {
    return new Promise((done, fail) => {
      this.#settle = { done, fail };
      this.driver.turn((now) => this.driver.endpoint.open(DISCRIMINATOR, [server], now));
    });
  }

  /** Opens a flow to the server: "echo" has every message come back. */
  flow(session: Session, name: "sink" | "echo"): SendFlow {
    const metadata = new TextEncoder().encode(name);
    return this.driver.turn(() => session.openFlow({ metadata }));
  }
}

const DISCRIMINATOR = serverDiscriminator("rtmfp://127.0.0.1/bench");
