import { peerDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import type { Identity } from "../../protocol/crypto/identity.ts";
import { Driver } from "../../protocol/driver.ts";
import type { FlowEvent } from "../../protocol/flow/events.ts";
import type { RecvFlow } from "../../protocol/flow/recv-flow.ts";
import type { Io } from "../../protocol/io.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import type { EndpointEvent } from "../../protocol/session/events.ts";
import type { Session } from "../../protocol/session/session.ts";
import {
  type AcceptTransport,
  FlowRouter,
  type FlowRouterOptions,
} from "../../protocol/tc/flow-router.ts";
import { Lab } from "../lab/index.ts";
import { pooledIdentity } from "./station.ts";

/** An endpoint whose sessions carry NetConnections and streams. */
class TcStation {
  readonly driver: Driver;
  readonly identity: Identity;
  readonly routers: Map<Session, FlowRouter> = new Map();
  /** What to do with flows that the far end starts; replace it at will. */
  accept: AcceptTransport = () => false;
  /** Called with flows of the far end before the router decides; may accept them. */
  onFlow: (flow: RecvFlow) => void = () => undefined;
  readonly #options: FlowRouterOptions;

  constructor(io: Io, index: number, options: FlowRouterOptions) {
    this.#options = options;
    this.identity = pooledIdentity(index);
    const primitives = { ...nodePrimitives, random: (length: number) => io.random(length) };
    const crypto = createFlashCrypto(primitives, this.identity);
    this.driver = new Driver(io, { crypto }, (event) => this.#route(event));
  }

  /** The router of the only session. */
  get router(): FlowRouter {
    const [router] = this.routers.values();
    if (!router) throw new Error("no session");
    return router;
  }

  turn<Value>(change: (now: number) => Value): Value {
    return this.driver.turn(change);
  }

  #route(event: EndpointEvent): void {
    if (event.type === "session") {
      const accept: AcceptTransport = (transport, streamId) => this.accept(transport, streamId);
      const options: FlowRouterOptions = { onFault: thrown, ...this.#options };
      this.routers.set(event.session, new FlowRouter(event.session, accept, options));
    } else if (event.type === "closed") {
      this.turn((now) => this.routers.get(event.session)?.end(now));
      this.routers.delete(event.session);
    } else if (isFlowEvent(event)) {
      if (event.type === "flow") this.onFlow(event.flow);
      this.turn((now) => this.routers.get(event.session)?.handle(event, now));
    }
  }
}

type SessionFlowEvent = FlowEvent & { readonly session: Session };

function isFlowEvent(event: EndpointEvent): event is SessionFlowEvent {
  return event.type.startsWith("flow") || event.type === "message" || event.type === "outcome";
}

export interface TcStations {
  readonly lab: Lab;
  readonly near: TcStation;
  readonly far: TcStation;
}

/** Two of them with an open session, in a network of its own. */
export async function connectedStations(
  seed = 1,
  options: FlowRouterOptions = {},
): Promise<TcStations> {
  const lab = new Lab({ seed, conditions: { delayMs: 10 } });
  const near = new TcStation(lab.host("10.0.0.1").io, 0, options);
  const far = new TcStation(lab.host("10.0.0.2").io, 1, options);
  await near.driver.bind({ ip: "10.0.0.1", port: 1935 });
  await far.driver.bind({ ip: "10.0.0.2", port: 1935 });
  const discriminator = peerDiscriminator(far.identity.certificate.fingerprint);
  const candidates = [{ ip: "10.0.0.2", port: 1935 }];
  near.turn((now) => near.driver.endpoint.open(discriminator, candidates, now));
  await lab.runUntil(() => near.routers.size + far.routers.size === 2, 10_000);
  return { lab, near, far };
}

/** A test whose own handlers fail has failed. */
function thrown(error: unknown): never {
  throw error;
}
