import type { Writer } from "../../protocol/bytes/writer.ts";
import type { Crypto } from "../../protocol/crypto/crypto.ts";
import { MAX_UDP_PAYLOAD_BYTES, STARTUP_DATAGRAM_BYTES } from "../../protocol/params.ts";
import { writeStartupHeader } from "../../protocol/session/startup-packet.ts";
import { writePacketFragment } from "../../protocol/wire/chunks/packet-fragment.ts";

type Write = (writer: Writer) => void;

/** A startup datagram as anybody may make it: RFC 7016 §2.3, and as long as UDP carries. */
export function sealStartup(
  crypto: Crypto,
  sessionId: number,
  now: number,
  write: Write,
): Uint8Array {
  const writer = crypto.startup.begin(MAX_UDP_PAYLOAD_BYTES);
  writeStartupHeader(writer, now);
  write(writer);
  return crypto.startup.seal(sessionId);
}

/** The same packet as Packet Fragments, RFC 7016 §3.4: datagrams of ordinary size. */
export function sealFragments(
  crypto: Crypto,
  sessionId: number,
  now: number,
  packetId: number,
  write: Write,
): Uint8Array[] {
  const writer = crypto.startup.begin(MAX_UDP_PAYLOAD_BYTES);
  const start = writer.length;
  writeStartupHeader(writer, now);
  write(writer);
  const packet = writer.bytes().slice(start);
  const datagrams: Uint8Array[] = [];
  for (let at = 0; at < packet.length; at += FRAGMENT_BYTES) {
    const fragment = {
      moreFragments: at + FRAGMENT_BYTES < packet.length,
      packetId,
      fragmentNumber: datagrams.length,
      bytes: packet.subarray(at, at + FRAGMENT_BYTES),
    };
    datagrams.push(
      sealStartup(crypto, sessionId, now, (cut) => writePacketFragment(cut, fragment)),
    );
  }
  return datagrams;
}

const FRAGMENT_BYTES: number = STARTUP_DATAGRAM_BYTES - 72;
