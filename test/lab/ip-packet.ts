import { Writer } from "../../protocol/bytes/writer.ts";
import { parseIp } from "../../protocol/wire/ip.ts";
import { type Datagram, isV6 } from "./datagram.ts";

/** A datagram as the IP packet (RFC 791, RFC 8200) that carries it, with UDP or TCP and checksums. */
export function ipPacket(datagram: Datagram): Uint8Array {
  const protocol = datagram.tcp ? TCP : UDP;
  const [from, to] = [parseIp(datagram.from.ip), parseIp(datagram.to.ip)];
  const transport = datagram.tcp ? tcpSegment(datagram) : udpDatagram(datagram);
  const pseudo = new Writer(40).put(from).put(to).u32(transport.length).u32(protocol);
  const sum = checksum(pseudo.bytes(), transport.bytes());
  // RFC 768: no checksum is written as 0, so that a sum of 0 is written as its other form.
  const written = sum === 0 && protocol === UDP ? 0xffff : sum;
  transport.setU16(protocol === UDP ? 6 : 16, written);
  const header = isV6(datagram.to.ip)
    ? v6Header(transport.length, protocol, datagram.hops)
    : v4Header(transport.length, protocol, datagram, from, to);
  return new Writer(header.length + 32 + transport.length)
    .put(header)
    .put(isV6(datagram.to.ip) ? from : NOTHING)
    .put(isV6(datagram.to.ip) ? to : NOTHING)
    .put(transport.bytes())
    .finish();
}

/** `version, class, flow label(4) length(2) protocol(1) hop limit(1)`, then the addresses. */
function v6Header(length: number, protocol: number, hops: number): Uint8Array {
  return new Writer(8).u32(0x6000_0000).u16(length).u8(protocol).u8(hops).finish();
}

/** `version, size(1) class(1) length(2) id(2) flags, offset(2) ttl(1) protocol(1) checksum(2) from(4) to(4)`. */
function v4Header(
  length: number,
  protocol: number,
  { index, hops }: Datagram,
  from: Uint8Array,
  to: Uint8Array,
): Uint8Array {
  const header = new Writer(20)
    .u8(0x45)
    .u8(0)
    .u16(20 + length);
  header
    .u16(index & 0xffff)
    .u16(DONT_FRAGMENT)
    .u8(hops)
    .u8(protocol)
    .u16(0)
    .put(from)
    .put(to);
  header.setU16(10, checksum(header.bytes()));
  return header.finish();
}

function udpDatagram({ from, to, bytes }: Datagram): Writer {
  return new Writer(8 + bytes.length)
    .u16(from.port)
    .u16(to.port)
    .u16(8 + bytes.length)
    .u16(0)
    .put(bytes);
}

function tcpSegment({ from, to, bytes, tcp }: Datagram): Writer {
  return new Writer(20 + bytes.length)
    .u16(from.port)
    .u16(to.port)
    .u32((tcp?.seq ?? 0) % 2 ** 32)
    .u32((tcp?.ack ?? 0) % 2 ** 32)
    .u8(TCP_HEADER_WORDS << 4)
    .u8(tcp?.flags ?? 0)
    .u16(0xffff)
    .u16(0)
    .u16(0)
    .put(bytes);
}

/** RFC 1071, over pieces of which only the last may have an odd length. */
function checksum(...pieces: readonly Uint8Array[]): number {
  let sum = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += 2) {
      sum += ((piece[at] ?? 0) << 8) | (piece[at + 1] ?? 0);
    }
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return 0xffff - sum;
}

const UDP = 17;
const TCP = 6;
const TCP_HEADER_WORDS = 5;
const DONT_FRAGMENT = 0x4000;
const NOTHING = new Uint8Array(0);
