import type { AmfValue } from "../../protocol/amf/value.ts";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import {
  peerDiscriminator,
  serverDiscriminator,
} from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import type { Identity } from "../../protocol/crypto/identity.ts";
import { Driver } from "../../protocol/driver.ts";
import type { Io } from "../../protocol/io.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import type { EndpointEvent } from "../../protocol/session/events.ts";
import type { Opening } from "../../protocol/session/opening.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { Reply } from "../../protocol/tc/calls.ts";
import { ClientConnection } from "../../protocol/tc/client-connection.ts";
import type { Command } from "../../protocol/tc/command.ts";
import { FlowRouter } from "../../protocol/tc/flow-router.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import type { FIHello } from "../../protocol/wire/chunks/fihello.ts";
import type { Compat } from "../../protocol/wire/compat.ts";
import { pooledIdentity } from "./station.ts";

/** A call that waits for its answer. */
export interface PendingCall {
  reply: Reply | undefined;
}

export interface RendezvousClientKind {
  readonly identity?: Identity;
  readonly compat?: Compat;
}

/** A client of a rendezvous server, as bare as it can be: for tests of the server. */
export class RendezvousClient {
  readonly id: string;
  readonly driver: Driver;
  /** What the server called. */
  readonly calls: Command[] = [];
  /** What peers said, and who. */
  readonly heard: { readonly text: string; readonly from: string }[] = [];
  readonly peers: Session[] = [];
  readonly failures: string[] = [];
  /** What the server has passed on. */
  readonly hellos: FIHello[] = [];
  /** Of the session with the server. */
  router: FlowRouter | undefined;
  connection: ClientConnection | undefined;
  isConnected = false;
  isEnded = false;
  address: Address = { ip: "0.0.0.0", port: 0 };
  #server: Address = { ip: "0.0.0.0", port: 0 };
  #app = "";
  #opening: Opening | undefined;

  constructor(io: Io, index: number, kind: RendezvousClientKind = {}) {
    const { identity = pooledIdentity(index), compat } = kind;
    this.id = toHex(identity.certificate.fingerprint);
    const primitives = { ...nodePrimitives, random: (length: number) => io.random(length) };
    const crypto = createFlashCrypto(primitives, identity, { compat });
    this.driver = new Driver(io, { crypto }, (event) => this.#handle(event));
  }

  /** How many times the server has passed on a hello. */
  get forwarded(): number {
    return this.hellos.length;
  }

  async listen(ip: string): Promise<this> {
    const link = await this.driver.bind({ ip, port: 0 });
    this.address = { ip, port: link.address.port };
    return this;
  }

  /** Connects; `isConnected` when that is done. */
  connect(server: Address, app: string): void {
    this.#server = server;
    this.#app = app;
    const discriminator = serverDiscriminator(`rtmfp://${formatAddress(server)}/${app}`);
    this.driver.turn((now) => {
      this.#opening = this.driver.endpoint.open(discriminator, [server], now);
    });
  }

  setPeerInfo(addresses: readonly string[] = [formatAddress(this.address)]): void {
    this.driver.turn((now) => this.connection?.setPeerInfo(addresses, now));
  }

  call(name: string, ...args: AmfValue[]): PendingCall {
    const pending: PendingCall = { reply: undefined };
    const onReply = (reply: Reply): void => {
      pending.reply = reply;
    };
    this.driver.turn((now) => this.connection?.net.call(name, args, onReply, now));
    return pending;
  }

  /** The arguments of the server's calls of this name. */
  called(name: string): AmfValue[] {
    return this.calls.filter((call) => call.name === name).map(({ args }) => args[0]);
  }

  /** Opens a session to a peer, introduced by the server. */
  meet(peerId: string, discriminator: Uint8Array = peerDiscriminator(fromHex(peerId))): void {
    this.driver.turn((now) => this.driver.endpoint.open(discriminator, [this.#server], now));
  }

  /** Says something to the peer that it met last. */
  say(text: string): void {
    this.driver.turn((now) => {
      const flow = this.peers.at(-1)?.openFlow({ metadata: GREETING });
      flow?.send(new TextEncoder().encode(text), {}, now);
    });
  }

  #handle(event: EndpointEvent): void {
    this.driver.turn((now) => this.#change(event, now));
  }

  #change(event: EndpointEvent, now: number): void {
    if (event.type === "session") this.#onSession(event.session, event.opening, now);
    else if (event.type === "open-failed") this.failures.push(event.error.code);
    else if (event.type === "forwarded-hello") {
      this.hellos.push(event.hello);
      this.driver.endpoint.answerForwardedHello(event.hello, now);
    } else if (event.type === "closed") {
      if (event.session === this.router?.session) this.router.end(now);
    } else if (
      event.type === "address" ||
      event.type === "bitrate" ||
      event.type === "unanswered"
    ) {
      // Nobody counts bits here, and it is the session that moves.
    } else if (!("session" in event)) {
      // Nobody looks for a server here.
    } else if (event.session === this.router?.session) {
      this.router.handle(event, now);
    } else if (event.type === "flow") {
      event.flow.accept();
    } else if (event.type === "message") {
      const from = toHex(event.session.terms.farCertificate.fingerprint);
      this.heard.push({ text: new TextDecoder().decode(event.bytes), from });
    }
  }

  #onSession(session: Session, opening: Opening | undefined, now: number): void {
    if (opening === undefined || opening !== this.#opening) {
      this.peers.push(session);
      return;
    }
    this.router = new FlowRouter(session, () => false);
    const transport = this.router.start();
    const connection = new ClientConnection(transport, {
      onCall: (command) => this.calls.push(command) > 0,
      onEnd: () => {
        this.isEnded = true;
      },
    });
    transport.handler = connection.net;
    this.connection = connection;
    const tcUrl = `rtmfp://${formatAddress(this.#server)}/${this.#app}`;
    const onReply = (reply: Reply): void => {
      this.isConnected = reply.isResult;
    };
    connection.connect({ app: this.#app, tcUrl }, onReply, now);
  }
}

const GREETING = new TextEncoder().encode("greeting");
