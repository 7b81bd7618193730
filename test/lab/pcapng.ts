import { Writer } from "../../protocol/bytes/writer.ts";
import type { Host } from "./host.ts";
import { ipPacket } from "./ip-packet.ts";

export interface CaptureOptions {
  /** What virtual time 0 is, in milliseconds since 1970. @default 0 */
  readonly epochMs?: number | undefined;
  /** Further packets are left out. @default 268435456 */
  readonly maxBytes?: number | undefined;
}

/**
 * All packets on a host's access lines from now on, as a pcapng file for Wireshark: raw IP, virtual
 * time in nanoseconds, each packet marked as inbound or outbound. Packets lost on the way in are not in it.
 */
export class Capture {
  readonly #blocks: Uint8Array[];
  readonly #options: { readonly epochMs: number; readonly maxBytes: number };
  readonly #untap: () => void;
  #length = 0;
  #packets = 0;

  constructor(host: Host, { epochMs = 0, maxBytes = MAX_BYTES }: CaptureOptions = {}) {
    this.#options = { epochMs, maxBytes };
    this.#blocks = [sectionHeader(), interfaceDescription(host.ip)];
    for (const block of this.#blocks) this.#length += block.length;
    this.#untap = host.tap((at, direction, datagram) => {
      const packet = ipPacket(datagram);
      this.#add(enhancedPacket(this.#options.epochMs + at, direction, packet));
    });
  }

  /** How many packets it holds. */
  get packets(): number {
    return this.#packets;
  }

  /** Adds nothing from now on. */
  stop(): void {
    this.#untap();
  }

  /** The file so far. */
  bytes(): Uint8Array {
    const file = new Uint8Array(this.#length);
    let at = 0;
    for (const block of this.#blocks) {
      file.set(block, at);
      at += block.length;
    }
    return file;
  }

  #add(block: Uint8Array): void {
    if (this.#length + block.length > this.#options.maxBytes) return;
    this.#blocks.push(block);
    this.#length += block.length;
    this.#packets += 1;
  }
}

/** draft-ietf-opsawg-pcapng §4.1: byte order, version 1.0, a length that is not told. */
function sectionHeader(): Uint8Array {
  const body = new Writer(16).u32(BYTE_ORDER).u16(1).u16(0).u32(0xffff_ffff).u32(0xffff_ffff);
  return block(SECTION_HEADER, body);
}

/** §4.2: raw IP, no limit, and options: the name, and times in units of 10^-9 s. */
function interfaceDescription(name: string): Uint8Array {
  const body = new Writer(64).u16(LINKTYPE_RAW).u16(0).u32(0);
  option(body, IF_NAME, new TextEncoder().encode(name));
  option(body, IF_TSRESOL, Uint8Array.of(9));
  return block(INTERFACE_DESCRIPTION, body.u32(0));
}

/** §4.3: the interface, time, lengths, the packet, and its direction. */
function enhancedPacket(timeMs: number, direction: "in" | "out", packet: Uint8Array): Uint8Array {
  const nanoseconds = BigInt(Math.round(timeMs * 1000)) * 1000n;
  const body = new Writer(packet.length + 48).u32(0);
  body.u32(Number(nanoseconds >> 32n)).u32(Number(nanoseconds & 0xffff_ffffn));
  body.u32(packet.length).u32(packet.length);
  padded(body, packet);
  option(body, EPB_FLAGS, new Writer(4).u32(direction === "in" ? 1 : 2).finish());
  return block(ENHANCED_PACKET, body.u32(0));
}

/** §3.1: `type(4) length(4) body length(4)`. */
function block(type: number, body: Writer): Uint8Array {
  const length = 12 + body.length;
  return new Writer(length).u32(type).u32(length).put(body.bytes()).u32(length).finish();
}

function option(body: Writer, code: number, value: Uint8Array): void {
  padded(body.u16(code).u16(value.length), value);
}

function padded(body: Writer, bytes: Uint8Array): void {
  body.put(bytes).put(new Uint8Array(-bytes.length & 3));
}

const SECTION_HEADER = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b_3c4d;
const LINKTYPE_RAW = 101;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const EPB_FLAGS = 2;
/** A quarter of a million full packets: more than anybody reads, less than memory. */
const MAX_BYTES = 268_435_456;
