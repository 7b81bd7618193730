import { peerDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import type { FlashCryptoOptions } from "../../protocol/crypto/flash-options.ts";
import { createIdentity, type Identity } from "../../protocol/crypto/identity.ts";
import { Driver } from "../../protocol/driver.ts";
import type { RecvFlow } from "../../protocol/flow/recv-flow.ts";
import type { SendFlow } from "../../protocol/flow/send-flow.ts";
import type { Io } from "../../protocol/io.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import type { EndpointOptions } from "../../protocol/session/endpoint.ts";
import type { EndpointEvent } from "../../protocol/session/events.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { Address } from "../../protocol/wire/address.ts";

export interface StationOptions extends Omit<EndpointOptions, "crypto"> {
  readonly identity?: Identity;
  readonly crypto?: FlashCryptoOptions;
}

/** Making keys is the slow part of a simulated endpoint: a few identities serve all of them. */
const identities: Identity[] = [];

/** The `index`-th of a pool of static X25519 identities. */
export function pooledIdentity(index: number): Identity {
  identities[index] ??= createIdentity(nodePrimitives, { kind: "static", groups: [31] });
  return identities[index] as Identity;
}

/** An endpoint with a driver and a memory: what tests of whole endpoints are made of. */
export class Station {
  readonly driver: Driver;
  readonly identity: Identity;
  readonly events: EndpointEvent[] = [];
  readonly sessions: Session[] = [];
  readonly messages: { readonly flow: RecvFlow; readonly text: string; readonly gap: boolean }[] =
    [];
  /** Whether to accept a flow; replace it at will. */
  accepts: (flow: RecvFlow, session: Session) => boolean = () => true;
  address: Address = { ip: "0.0.0.0", port: 0 };

  constructor(io: Io, index: number, options: StationOptions = {}) {
    this.identity = options.identity ?? pooledIdentity(index);
    const primitives = { ...nodePrimitives, random: (length: number) => io.random(length) };
    const crypto = createFlashCrypto(primitives, this.identity, options.crypto);
    this.driver = new Driver(io, { ...options, crypto }, (event) => this.#note(event));
  }

  async listen(ip: string, port: number): Promise<this> {
    const link = await this.driver.bind({ ip, port });
    this.address = link.address;
    return this;
  }

  /** Starts to open a session to another station. */
  dial(other: Station, candidates: readonly Address[] = [other.address], timeoutMs?: number): void {
    const discriminator = peerDiscriminator(other.identity.certificate.fingerprint);
    this.driver.turn((now) => this.driver.endpoint.open(discriminator, candidates, now, timeoutMs));
  }

  get session(): Session {
    const session = this.sessions.at(-1);
    if (!session) throw new Error("no session");
    return session;
  }

  openFlow(
    name: string,
    options: { priority?: number; returnAssociation?: number } = {},
  ): SendFlow {
    const metadata = new TextEncoder().encode(name);
    return this.driver.turn(() => this.session.openFlow({ metadata, ...options }));
  }

  send(flow: SendFlow, text: string, deadlineMs?: number): void {
    const bytes = new TextEncoder().encode(text);
    this.driver.turn((now) => flow.send(bytes, { deadlineMs }, now));
  }

  eventsOf<Type extends EndpointEvent["type"]>(type: Type): (EndpointEvent & { type: Type })[] {
    return this.events.filter(
      (event): event is EndpointEvent & { type: Type } => event.type === type,
    );
  }

  #note(event: EndpointEvent): void {
    this.events.push(event);
    if (event.type === "session") this.sessions.push(event.session);
    if (event.type === "flow" && this.accepts(event.flow, event.session)) event.flow.accept();
    if (event.type === "message") {
      const text = new TextDecoder().decode(event.bytes);
      this.messages.push({ flow: event.flow, text, gap: event.afterGap });
    }
  }
}
