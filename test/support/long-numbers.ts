import type { Crypto, PacketCipher } from "../../protocol/crypto/crypto.ts";
import { withCiphers } from "./with-ciphers.ts";

/**
 * Session sequence numbers as long as after millions of packets, without sending them: so many bytes more
 * in front of each packet. Change `moreBytes` at will, and give both ends the same.
 */
export class LongNumbers {
  moreBytes = 0;

  wrap(crypto: Crypto): Crypto {
    return withCiphers(crypto, (cipher) => this.#cipher(cipher));
  }

  #cipher(cipher: PacketCipher): PacketCipher {
    return {
      begin: (limit) => cipher.begin(limit).put(new Uint8Array(this.moreBytes).fill(FILLER)),
      seal: (sessionId) => cipher.seal(sessionId),
      unseal: (datagram) => stripped(cipher.unseal(datagram)),
      unsealAll: (datagrams) => cipher.unsealAll(datagrams).map(stripped),
    };
  }
}

function stripped(packet: Uint8Array | undefined): Uint8Array | undefined {
  return packet?.subarray(packet.findIndex((byte) => byte !== FILLER));
}

/** No packet begins with it: RFC 7016 §2.2.4 has no mode 0. */
const FILLER = 0x30;
