import assert from "node:assert/strict";
import type { Writer } from "../../protocol/bytes/writer.ts";
import type { Crypto } from "../../protocol/crypto/crypto.ts";
import { peerDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { unscrambleSessionId } from "../../protocol/crypto/session-id.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { Endpoint } from "../../protocol/session/endpoint.ts";
import type { EndpointOptions } from "../../protocol/session/endpoint-options.ts";
import type { EndpointEvent, Transmit } from "../../protocol/session/events.ts";
import type { Opening } from "../../protocol/session/opening.ts";
import type { Session } from "../../protocol/session/session.ts";
import { unsealStartup } from "../../protocol/session/startup-packet.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { Chunk } from "../../protocol/wire/chunk.ts";
import { writeIHello } from "../../protocol/wire/chunks/ihello.ts";
import { type IIKeyingParameters, writeIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { readRHello } from "../../protocol/wire/chunks/rhello.ts";
import { sealStartup } from "./seal-startup.ts";
import { pooledIdentity } from "./station.ts";

/** Whoever the test is, unless it says otherwise. */
export const stranger: Crypto = createFlashCrypto(nodePrimitives, pooledIdentity(5));

const near = createFlashCrypto(nodePrimitives, pooledIdentity(0));
const endpointDiscriminator = peerDiscriminator(near.certificate.fingerprint);
const { component } = stranger.initiate(near.certificate);

/** An endpoint, and a test that makes each startup packet for it by hand. */
export class Victim {
  readonly endpoint: Endpoint;
  readonly events: EndpointEvent[] = [];
  readonly certificate: Uint8Array = near.certificate.bytes;
  /** Selects it. */
  readonly discriminator: Uint8Array = endpointDiscriminator;
  now = 0;

  constructor(options: Partial<EndpointOptions> = {}) {
    this.endpoint = new Endpoint({ crypto: near, ...options });
    this.endpoint.addLink(0, { reaches: () => true }, 0);
  }

  get sessions(): Session[] {
    return this.events.flatMap((event) => (event.type === "session" ? [event.session] : []));
  }

  /** The last one that it told of. */
  get session(): Session {
    const session = this.sessions.at(-1);
    assert.ok(session, "no session");
    return session;
  }

  /** What it sends when it hears this. */
  hear(bytes: Uint8Array, from: Address): Transmit[] {
    this.endpoint.receive([{ bytes, path: { link: 0, address: from } }], this.now);
    return this.poll();
  }

  say(from: Address, write: (writer: Writer) => void, sessionId = 0): Transmit[] {
    return this.hear(sealStartup(stranger, sessionId, this.now, write), from);
  }

  /** What it sends when so much time has passed. */
  wait(ms: number): Transmit[] {
    this.now += ms;
    this.endpoint.advance(this.now);
    return this.poll();
  }

  poll(): Transmit[] {
    const sent: Transmit[] = [];
    const { endpoint, now } = this;
    for (let output = endpoint.poll(now); output; output = endpoint.poll(now)) {
      if (output.type === "transmit") sent.push(output);
      else this.events.push(output);
    }
    return sent;
  }

  hello(from: Address): Transmit | undefined {
    const hello = { endpointDiscriminator, tag: new Uint8Array(16) };
    return this.say(from, (writer) => writeIHello(writer, hello))[0];
  }

  cookieFor(from: Address): Uint8Array {
    return readRHello(onlyChunk([this.hello(from)]).payload).cookie;
  }

  /** Its answers to an IIKeying with a signature that is none. */
  key(from: Address, keying: KeyingFields): Transmit[] {
    const whole = {
      initiatorCertificate: stranger.certificate.bytes,
      sessionKeyInitiatorComponent: component,
      ...keying,
    };
    return this.say(from, (writer) => writeIIKeying(writer, whole, () => Uint8Array.of(0x58)));
  }

  /** Answers whether there is one more session. */
  open(from: Address, cookieEcho: Uint8Array, initiatorSessionId: number): boolean {
    const before = this.endpoint.stats.sessions;
    this.key(from, { cookieEcho, initiatorSessionId });
    return this.endpoint.stats.sessions > before;
  }

  /** It asks for the stranger there. */
  dial(at: Address): { readonly opening: Opening; readonly sent: Transmit[] } {
    const discriminator = peerDiscriminator(stranger.certificate.fingerprint);
    const opening = this.endpoint.open(discriminator, [at], this.now);
    return { opening, sent: this.poll() };
  }
}

type KeyingFields = Pick<IIKeyingParameters, "cookieEcho" | "initiatorSessionId"> &
  Partial<IIKeyingParameters>;

/** Nobody is known to it, and it waits for nothing. */
export function assertEmpty({ endpoint }: Victim): void {
  const { sessions, remembered } = endpoint.stats;
  assert.deepEqual([sessions, remembered, endpoint.timeout], [0, 0, Number.POSITIVE_INFINITY]);
}

/** The chunk of the one startup packet that was sent, and to which session ID. */
export function onlyChunk(sent: readonly (Transmit | undefined)[]): SentChunk {
  const [transmit] = sent;
  assert.ok(transmit && sent.length === 1, `${sent.length} packets`);
  const [chunk, ...others] = unsealStartup(stranger, transmit.bytes);
  assert.ok(chunk && others.length === 0);
  return { ...chunk, to: transmit.to, sessionId: unscrambleSessionId(transmit.bytes) };
}

interface SentChunk extends Chunk {
  readonly to: Address;
  readonly sessionId: number;
}
