import type { Crypto, PacketCipher } from "../../protocol/crypto/crypto.ts";

/** `crypto`, with something between an endpoint and all of its ciphers. */
export function withCiphers(crypto: Crypto, wrap: (cipher: PacketCipher) => PacketCipher): Crypto {
  return {
    startup: wrap(crypto.startup),
    certificate: crypto.certificate,
    random: (length) => crypto.random(length),
    hash: (...parts) => crypto.hash(...parts),
    equal: (one, other) => crypto.equal(one, other),
    readCertificate: (bytes) => crypto.readCertificate(bytes),
    sign: (...parameters) => crypto.sign(...parameters),
    verify: (signature, ...parameters) => crypto.verify(signature, ...parameters),
    initiate(far) {
      const keying = crypto.initiate(far);
      const finish: typeof keying.finish = (component) => {
        const keys = keying.finish(component);
        return { ...keys, cipher: wrap(keys.cipher) };
      };
      return { component: keying.component, finish };
    },
    prepare: () => crypto.prepare(),
    respond(far, initiatorComponent) {
      const { component, keys } = crypto.respond(far, initiatorComponent);
      return { component, keys: { ...keys, cipher: wrap(keys.cipher) } };
    },
  };
}
