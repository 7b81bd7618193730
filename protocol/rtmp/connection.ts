import type { Primitives } from "../crypto/primitives.ts";
import { RtmfpError, unlessMalformed } from "../errors.ts";
import { MAX_STRANGER_BYTES } from "../params.ts";
import { PART_HEADER_BYTES, splitAggregate } from "./aggregate.ts";
import { ByteAccount } from "./byte-account.ts";
import { type ChunkLimits, ChunkReader } from "./chunk-reader.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { decodeControl, encodeControl, type ProtocolControl } from "./control.ts";
import type { Handshake, StreamCiphers } from "./handshake.ts";
import { type Message, MessageType } from "./message.ts";
import { SwfDemand, type SwfFacts, swfResponse } from "./swf-verification.ts";
import { type ConnectionEvent, connectionEvent, encodeUserControl } from "./user-control.ts";

/** What a connection wants its driver to do, in this order. */
export type RtmpOutput =
  /** Bytes for the far end; nobody may change them, others may have been given the same. */
  | { readonly type: "write"; readonly bytes: Uint8Array }
  /** The handshake is done: messages may be sent. */
  | { readonly type: "open" }
  /** A message for the application; never an aggregate, a protocol control or a ping. */
  | { readonly type: "message"; readonly message: Message }
  /** The last output. The error is undefined if `close` was called without one. */
  | { readonly type: "closed"; readonly error: RtmfpError | undefined };

export interface RtmpConnectionOptions {
  /** Which handshake this is, and which end of it, decides which end of the connection this is. */
  readonly handshake: Handshake;
  /** From the first command on; until then a server's clients get by with 64 KiB. */
  readonly limits?: ChunkLimits | undefined;
  /**
   * A client's: which SWF it says it is, if it is asked. A server's: which its clients may be.
   * @default a client does not say, a server does not ask
   */
  readonly swf?: SwfOptions | undefined;
}

export interface SwfOptions {
  /** The client's own, or all that a server lets in. */
  readonly programs: readonly SwfFacts[];
  readonly primitives: Pick<Primitives, "hmacSha256" | "equal">;
}

/**
 * One end of an RTMP connection over any byte stream, without input and output of its own:
 * handshake, chunk stream, acknowledgements, pings and bandwidth. After each call, `poll` until it
 * answers undefined. Nothing the far end sends makes a method throw: it ends in a "closed" output.
 */
export class RtmpConnection {
  readonly #handshake: Handshake;
  readonly #reader: ChunkReader;
  readonly #writer = new ChunkWriter();
  readonly #limits: ChunkLimits;
  readonly #account = new ByteAccount();
  readonly #swf: SwfOptions | undefined;
  #swfDemand: SwfDemand | undefined;
  #ciphers: StreamCiphers | undefined;
  #state: "HANDSHAKE" | "OPEN" | "CLOSED" = "HANDSHAKE";
  readonly #outputs: RtmpOutput[] = [];
  #polled = 0;

  constructor(options: RtmpConnectionOptions) {
    this.#handshake = options.handshake;
    this.#swf = options.swf;
    this.#limits = options.limits ?? {};
    const { isServer } = options.handshake;
    this.#reader = new ChunkReader(isServer ? strangerLimits(this.#limits) : this.#limits);
    this.#pollHandshake();
  }

  /** Bytes of memory that unfinished messages of the far end take. */
  get unfinishedBytes(): number {
    return this.#state === "CLOSED" ? 0 : this.#reader.heldBytes;
  }

  /** Takes received bytes, which must not change any more: payloads may be views of them. */
  receive(bytes: Uint8Array): void {
    if (this.#state === "CLOSED") return;
    this.#account.received(bytes.length);
    try {
      if (this.#state === "HANDSHAKE") this.#shake(bytes);
      else this.#read(bytes);
    } catch (error) {
      if (!(error instanceof RtmfpError)) throw error;
      this.close(error);
    }
  }

  /**
   * Sends a message, protocol controls among them. After the end of the connection it goes nowhere;
   * before "open" this throws RtmfpError `CLOSED`. Throws RangeError past 2^24-1 bytes.
   */
  send(message: Message): void {
    const bytes = this.#encode(message);
    if (bytes) this.#outputs.push({ type: "write", bytes });
  }

  /**
   * As `send`, but if there is nothing to poll before it, answers the bytes: for those who send the
   * same to hundreds.
   */
  sendAtOnce(message: Message): Uint8Array | undefined {
    const bytes = this.#encode(message);
    if (!bytes || this.#outputs.length === 0) return bytes;
    this.#outputs.push({ type: "write", bytes });
    return undefined;
  }

  /** Ends the connection: the byte stream broke, or the application has had enough. */
  close(error?: RtmfpError): void {
    if (this.#state === "CLOSED") return;
    this.#state = "CLOSED";
    this.#outputs.push({ type: "closed", error });
  }

  poll(): RtmpOutput | undefined {
    const output = this.#outputs[this.#polled];
    this.#polled += 1;
    if (output === undefined) {
      if (this.#polled > 1) this.#outputs.length = 0;
      this.#polled = 0;
    }
    return output;
  }

  #shake(bytes: Uint8Array): void {
    this.#handshake.receive(bytes);
    this.#pollHandshake();
    const { rest, ciphers } = this.#handshake;
    if (rest === undefined) return;
    this.#state = "OPEN";
    this.#ciphers = ciphers;
    this.#outputs.push({ type: "open" });
    this.#read(rest);
  }

  #pollHandshake(): void {
    for (let bytes = this.#handshake.poll(); bytes; bytes = this.#handshake.poll()) {
      this.#write(bytes);
    }
  }

  #read(bytes: Uint8Array): void {
    this.#reader.push(this.#ciphers?.decrypt(bytes) ?? bytes);
    for (let message = this.#reader.next(); message; message = this.#reader.next()) {
      this.#dispatch(message);
    }
    this.#sendControl(this.#account.acknowledge());
  }

  #dispatch(message: Message): void {
    const control = decodeControl(message);
    const event = connectionEvent(message);
    if (control !== undefined) this.#sendControl(this.#account.obey(control));
    else if (event !== undefined) this.#answer(event);
    else this.#deliver(message);
  }

  #answer(event: ConnectionEvent): void {
    if (event.event === "pingRequest") {
      this.send(encodeUserControl({ ...event, event: "pingResponse" }));
    } else if (event.event === "swfResponse") this.#swfDemand?.onResponse(event.response);
    else if (event.event === "swfRequest") this.#saySwf();
  }

  #saySwf(): void {
    const [program] = this.#swf?.programs ?? [];
    const { swfKey } = this.#handshake;
    if (!this.#swf || !program || !swfKey) return;
    const response = swfResponse(program, swfKey, this.#swf.primitives);
    this.send(encodeUserControl({ event: "swfResponse", response }));
  }

  #deliver(message: Message): void {
    const isCommand = COMMANDS.has(message.type);
    if (isCommand) this.#reader.limit(this.#limits);
    if (isCommand && this.#demandOf()?.onCommand()) {
      this.send(encodeUserControl({ event: "swfRequest" }));
    }
    for (const part of partsOf(message)) this.#outputs.push({ type: "message", message: part });
  }

  /** A server's; a client that has a program to name asks nobody. */
  #demandOf(): SwfDemand | undefined {
    const { swfKey, isServer } = this.#handshake;
    if (!this.#swf || !swfKey || !isServer) return undefined;
    this.#swfDemand ??= new SwfDemand(this.#swf.programs, swfKey, this.#swf.primitives);
    return this.#swfDemand;
  }

  #sendControl(control: ProtocolControl | undefined): void {
    if (control !== undefined) this.send(encodeControl(control));
  }

  #encode(message: Message): Uint8Array | undefined {
    if (this.#state === "CLOSED") return undefined;
    if (this.#state === "HANDSHAKE") throw new RtmfpError("CLOSED", "not open yet");
    if (message.type <= MessageType.setPeerBandwidth) {
      const control = decodeControl(message);
      if (control !== undefined) this.#account.announce(control);
    }
    return this.#encrypted(this.#writer.write(message));
  }

  #write(bytes: Uint8Array): void {
    this.#outputs.push({ type: "write", bytes: this.#encrypted(bytes) });
  }

  #encrypted(bytes: Uint8Array): Uint8Array {
    return this.#ciphers ? this.#ciphers.encrypt(bytes) : bytes;
  }
}

const COMMANDS: ReadonlySet<number> = new Set([MessageType.commandAmf0, MessageType.commandAmf3]);

/** None of an aggregate that cannot be read: the next message stands for itself. */
function partsOf(message: Message): readonly Message[] {
  if (message.type !== MessageType.aggregate) return [message];
  if (message.payload.length < PART_HEADER_BYTES) return [];
  return unlessMalformed(() => splitAggregate(message)) ?? [];
}

/** Nobody has to hold a stranger's megabytes. */
function strangerLimits({ maxMessageBytes, maxPartialBytes, ...others }: ChunkLimits): ChunkLimits {
  return {
    ...others,
    maxMessageBytes: Math.min(maxMessageBytes ?? MAX_STRANGER_BYTES, MAX_STRANGER_BYTES),
    maxPartialBytes: Math.min(maxPartialBytes ?? MAX_STRANGER_BYTES, MAX_STRANGER_BYTES),
  };
}
