import type { Crypto, PacketCipher } from "../../protocol/crypto/crypto.ts";
import type { Prng } from "../lab/index.ts";
import { withCiphers } from "./with-ciphers.ts";

/** A copy of `bytes` with some damage: flipped bits, changed bytes, another length, parts moved. */
export function mutated(bytes: Uint8Array, random: Prng): Uint8Array {
  let result: Uint8Array = bytes.slice();
  for (let times = 1 + random.below(3); times > 0; times -= 1) result = damaged(result, random);
  return result;
}

function damaged(bytes: Uint8Array, random: Prng): Uint8Array {
  const at = random.below(Math.max(1, bytes.length));
  switch (random.below(6)) {
    case 0:
      return bytes.map((byte, index) => (index === at ? byte ^ (1 << random.below(8)) : byte));
    case 1:
      return bytes.map((byte, index) => (index === at ? random.below(256) : byte));
    case 2:
      return bytes.slice(0, at);
    case 3:
      return Uint8Array.from([...bytes, ...random.bytes(random.below(40))]);
    case 4:
      return Uint8Array.from([...bytes.subarray(0, at), ...random.bytes(4), ...bytes.subarray(at)]);
    default:
      return Uint8Array.from([...bytes.subarray(at), ...bytes.subarray(0, at)]);
  }
}

/** What is sealed instead of `packet`, or undefined: `packet` itself. */
export type Alter = (packet: Uint8Array) => Uint8Array | undefined;

/** Alters packets before they are sealed, so that they are authentic all the same. */
export function alteringCrypto(crypto: Crypto, alter: Alter): Crypto {
  return withCiphers(crypto, (cipher) => alteringCipher(cipher, alter));
}

function alteringCipher(cipher: PacketCipher, alter: Alter): PacketCipher {
  let writer: ReturnType<PacketCipher["begin"]> | undefined;
  let start = 0;
  return {
    begin(datagramLimit) {
      writer = cipher.begin(datagramLimit);
      start = writer.length;
      return writer;
    },
    seal(sessionId) {
      const packet = writer && alter(writer.bytes().slice(start));
      if (writer && packet) writer.truncate(start);
      if (writer && packet) writer.put(packet.subarray(0, writer.room));
      return cipher.seal(sessionId);
    },
    unseal: (datagram) => cipher.unseal(datagram),
    unsealAll: (datagrams) => cipher.unsealAll(datagrams),
  };
}
