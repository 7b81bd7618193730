import type { Crypto } from "../../protocol/crypto/crypto.ts";
import { peerDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import type { FlashCryptoOptions } from "../../protocol/crypto/flash-options.ts";
import { createIdentity, type Identity } from "../../protocol/crypto/identity.ts";
import type { Group, Primitives } from "../../protocol/crypto/primitives.ts";
import { Driver } from "../../protocol/driver.ts";
import type { OutgoingMessage } from "../../protocol/flow/outgoing-message.ts";
import type { RecvFlow } from "../../protocol/flow/recv-flow.ts";
import type { SendFlow } from "../../protocol/flow/send-flow.ts";
import type { Io } from "../../protocol/io.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import type { EndpointOptions } from "../../protocol/session/endpoint-options.ts";
import type { EndpointEvent } from "../../protocol/session/events.ts";
import type { OpenCandidate, Opening } from "../../protocol/session/opening.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { Prng } from "../lab/index.ts";

export interface StationOptions extends Omit<EndpointOptions, "crypto"> {
  readonly identity?: Identity;
  readonly crypto?: FlashCryptoOptions;
  /** Puts something between the endpoint and its cryptography. */
  readonly wrapCrypto?: (crypto: Crypto) => Crypto;
}

/** Making keys is the slow part of a simulated endpoint: a few identities serve all of them. */
const identities: Identity[] = [];

/** The `index`-th of a pool of static X25519 identities, the same in every run. */
export function pooledIdentity(index: number): Identity {
  const random = new Prng(index, "identity");
  const primitives = simulatedPrimitives((length) => random.bytes(length));
  identities[index] ??= createIdentity(primitives, { kind: "static", groups: [31] });
  return identities[index] as Identity;
}

/** Cryptography whose keys come from `random` as well. */
function simulatedPrimitives(random: (length: number) => Uint8Array): Primitives {
  const group = (id: number): Group | undefined => {
    const real = nodePrimitives.group(id);
    return id === 31 && real ? { ...real, generate: () => real.restore(random(32)) } : real;
  };
  return { ...nodePrimitives, random, group };
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
  /** Called with every event, after the station has dealt with it. */
  onEvent: (event: EndpointEvent, now: number) => void = () => undefined;
  /** Receive buffer of the flows it accepts. */
  bufferBytes: number | undefined;
  address: Address = { ip: "0.0.0.0", port: 0 };

  constructor(io: Io, index: number, options: StationOptions = {}) {
    this.identity = options.identity ?? pooledIdentity(index);
    const primitives = simulatedPrimitives((length) => io.random(length));
    const { wrapCrypto = (inner) => inner } = options;
    const crypto = wrapCrypto(createFlashCrypto(primitives, this.identity, options.crypto));
    this.driver = new Driver(io, { ...options, crypto }, (event, now) => {
      this.#note(event);
      this.onEvent(event, now);
    });
  }

  async listen(ip: string, port: number): Promise<this> {
    const link = await this.driver.bind({ ip, port });
    this.address = link.address;
    return this;
  }

  /** Starts to open a session to another station. */
  dial(
    other: Station,
    candidates: readonly OpenCandidate[] = [other.address],
    timeoutMs?: number,
  ): Opening {
    const discriminator = peerDiscriminator(other.identity.certificate.fingerprint);
    const { endpoint } = this.driver;
    return this.driver.turn((now) => endpoint.open(discriminator, candidates, now, timeoutMs));
  }

  /** The session that answered `opening`. */
  sessionOf(opening: Opening): Session | undefined {
    return this.eventsOf("session").find((event) => event.opening === opening)?.session;
  }

  get texts(): string[] {
    return this.messages.map(({ text }) => text);
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

  send(flow: SendFlow, text: string, deadlineMs?: number): OutgoingMessage {
    const bytes = new TextEncoder().encode(text);
    return this.driver.turn((now) => flow.send(bytes, { deadlineMs }, now));
  }

  eventsOf<Type extends EndpointEvent["type"]>(type: Type): (EndpointEvent & { type: Type })[] {
    return this.events.filter(
      (event): event is EndpointEvent & { type: Type } => event.type === type,
    );
  }

  #note(event: EndpointEvent): void {
    this.events.push(event);
    if (event.type === "session") this.sessions.push(event.session);
    if (event.type === "flow" && this.accepts(event.flow, event.session)) {
      event.flow.accept({ bufferBytes: this.bufferBytes });
    }
    if (event.type === "message") {
      const text = new TextDecoder().decode(event.bytes);
      this.messages.push({ flow: event.flow, text, gap: event.afterGap });
    }
  }
}
