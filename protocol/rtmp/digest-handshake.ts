import { concat } from "../bytes/concat.ts";
import type { KeyPair, Primitives } from "../crypto/primitives.ts";
import { RtmfpError } from "../errors.ts";
import {
  type DigestLayout,
  type FoundDigest,
  findDigest,
  PLAYER,
  PUBLIC_KEY_BYTES,
  publicKeyIn,
  SERVER,
  sign,
  writeDigest,
} from "./digest.ts";
import {
  HANDSHAKE_RANDOM_BYTES,
  type Handshake,
  plainAnswer,
  type StreamCiphers,
} from "./handshake.ts";
import { type EncryptedAnswer, HandshakeExchange } from "./handshake-exchange.ts";
import { ECHO_BYTES, RtmpVersion } from "./handshake-layout.ts";
import { Rc4 } from "./rc4.ts";

/**
 * The server's end of every handshake: who sends a digest (Flash Player, ffmpeg) gets one, in the same
 * layout; who sends none, or one that is wrong, gets an echo; who wants RTMPE gets its keys. C2 is not
 * checked: its keys are public, and not all clients sign it.
 */
export function serverHandshake(primitives: Primitives): Handshake {
  return new HandshakeExchange({
    versions: [RtmpVersion.plain, ...ENCRYPTED],
    answer: (opening) => {
      const version = opening[0] as number;
      const found = findDigest(opening.subarray(1), PLAYER, primitives);
      if (ENCRYPTED.includes(version)) return encryptedAnswer(opening, found, primitives);
      return found
        ? digestAnswer(version, found, found.layout, undefined, primitives)
        : plainAnswer(primitives.random(HANDSHAKE_RANDOM_BYTES))(opening);
    },
  });
}

/**
 * The client's end of RTMPE. That is no security: nobody proves who he is, and the keys that sign are
 * known to everybody. It is for servers that want nothing else.
 */
export function rtmpeClientHandshake(primitives: Primitives): Handshake {
  const pair = keyPair(primitives);
  const near = openingOf(CLIENT_VERSION, "key-first", pair, primitives);
  writeDigest(near, "key-first", PLAYER, primitives);
  return new HandshakeExchange({
    versions: ENCRYPTED,
    opening: concat([Uint8Array.of(RtmpVersion.encrypted), near]),
    answer: (opening) => {
      const far = opening.subarray(1);
      const found = findDigest(far, SERVER, primitives);
      if (!found) throw new RtmfpError("PROTOCOL", "a server of RTMPE without a digest");
      const echo = primitives.random(ECHO_BYTES);
      sign(echo, found.digest, PLAYER, opening[0] as number, primitives);
      return { bytes: echo, ciphers: ciphersOf(pair, publicKeyIn(far, found.layout), primitives) };
    },
  });
}

/** ffmpeg looks for the key where it is in the layout "digest-first", whatever its own one is. */
function encryptedAnswer(
  opening: Uint8Array,
  found: FoundDigest | undefined,
  primitives: Primitives,
): EncryptedAnswer {
  if (!found) throw new RtmfpError("PROTOCOL", "a client of RTMPE without a digest");
  const pair = keyPair(primitives);
  const farPublicKey = publicKeyIn(opening.subarray(1), found.layout);
  return {
    bytes: digestAnswer(opening[0] as number, found, "digest-first", pair, primitives),
    ciphers: ciphersOf(pair, farPublicKey, primitives),
  };
}

/** S0 S1 S2 */
function digestAnswer(
  version: number,
  found: FoundDigest,
  layout: DigestLayout,
  pair: KeyPair | undefined,
  primitives: Primitives,
): Uint8Array {
  const near = openingOf(SERVER_VERSION, layout, pair, primitives);
  writeDigest(near, layout, SERVER, primitives);
  const echo = primitives.random(ECHO_BYTES);
  sign(echo, found.digest, SERVER, version, primitives);
  return concat([Uint8Array.of(version), near, echo]);
}

/** C1 or S1 without its digest: `time:u32 version:u32`, then two blocks. */
function openingOf(
  version: readonly number[],
  layout: DigestLayout,
  pair: KeyPair | undefined,
  primitives: Primitives,
): Uint8Array {
  const random = primitives.random(HANDSHAKE_RANDOM_BYTES);
  const opening = concat([new Uint8Array(4), Uint8Array.from(version), random]);
  if (pair) publicKeyIn(opening, layout).set(pair.publicKey);
  return opening;
}

function keyPair(primitives: Primitives): KeyPair {
  const pair = primitives.group(2)?.generate();
  if (!pair) throw new RtmfpError("CRYPTO", "RTMPE needs group 2");
  return pair;
}

/** Each direction's key is made of the public key of who receives. */
function ciphersOf(pair: KeyPair, farPublicKey: Uint8Array, primitives: Primitives): StreamCiphers {
  const agreed = pair.agree(farPublicKey);
  const secret = concat([new Uint8Array(PUBLIC_KEY_BYTES - agreed.length), agreed]);
  const mac = primitives.hmacSha256(secret);
  const sending = streamOf(mac(farPublicKey));
  const receiving = streamOf(mac(pair.publicKey));
  return {
    encrypt: (bytes) => sending.apply(bytes),
    decrypt: (bytes) => receiving.apply(bytes),
  };
}

/** As if it had encrypted C2 or S2, which travel in the clear. */
function streamOf(code: Uint8Array): Rc4 {
  const stream = new Rc4(code.subarray(0, 16));
  stream.apply(new Uint8Array(ECHO_BYTES));
  return stream;
}

const ENCRYPTED: readonly number[] = [
  RtmpVersion.encrypted,
  RtmpVersion.encryptedXtea,
  RtmpVersion.encryptedBlowfish,
];
/** What librtmp says for RTMPE: a Flash Player that never was. */
const CLIENT_VERSION = [128, 0, 3, 2] as const;
/** Adobe Media Server 4.5.0.1: from 3 on in the first place, clients look for a digest. */
const SERVER_VERSION = [4, 5, 0, 1] as const;
