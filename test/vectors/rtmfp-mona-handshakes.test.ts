/** Recorded handshakes of librtmfp with MonaServer and with itself, replayed against both our roles. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Writer } from "../../protocol/bytes/writer.ts";
import type { Crypto } from "../../protocol/crypto/crypto.ts";
import {
  peerDiscriminator,
  serverDiscriminator,
} from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { createIdentity } from "../../protocol/crypto/identity.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { Endpoint } from "../../protocol/session/endpoint.ts";
import { readIHello, writeIHello } from "../../protocol/wire/chunks/ihello.ts";
import { readIIKeying, writeIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { readRHello, writeRHello } from "../../protocol/wire/chunks/rhello.ts";
import { readRIKeying, writeRIKeying } from "../../protocol/wire/chunks/rikeying.ts";
import { firstChunk, handshakesOf, layoutOf } from "../support/recorded-handshakes.ts";
import { monaFiles, readMonaRecording } from "../support/recorded-packets.ts";
import { sealStartup } from "../support/seal-startup.ts";

const server = createFlashCrypto(
  nodePrimitives,
  createIdentity(nodePrimitives, { kind: "ephemeral", acceptsAncillary: true }),
);
const peer = createFlashCrypto(nodePrimitives, createIdentity(nodePrimitives, { kind: "static" }));
const flashPeer = createFlashCrypto(
  nodePrimitives,
  createIdentity(nodePrimitives, { kind: "static", groups: [2] }),
  { compat: "flash" },
);

const far = { ip: "192.0.2.1", port: 1935 };

/** An endpoint on one link, told in plain packets what comes and answering what it sends. */
class Talk {
  readonly endpoint: Endpoint;
  readonly #crypto: Crypto;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
    this.endpoint = new Endpoint({ crypto });
    this.endpoint.addLink(0, { reaches: () => true }, 0);
  }

  receive(write: (writer: Writer) => void, sessionId = 0): void {
    const bytes = sealStartup(this.#crypto, sessionId, 0, write);
    this.endpoint.receive([{ bytes, path: { link: 0, address: far } }], 0);
  }

  /** The plain packet that it sends next. */
  sent(): Uint8Array {
    let output = this.endpoint.poll(0);
    while (output && output.type !== "transmit") output = this.endpoint.poll(0);
    const plain = output && this.#crypto.startup.unseal(output.bytes);
    assert.ok(plain, "something was sent");
    return plain;
  }
}

for (const path of monaFiles) {
  describe(path, () => {
    const handshakes = handshakesOf(readMonaRecording(path));
    for (const [index, { rhello, iikeying, rikeying }] of handshakes.entries()) {
      const withServer = index === 0;
      const who = withServer ? "their server" : "their peer";
      const recorded = rikeying.sessionKeyResponderComponent;

      test(`as responder for ${who} we answer the recorded initiator in the recorded layout`, () => {
        const answerers = withServer ? [server] : [peer, flashPeer];
        for (const crypto of answerers) {
          const { component, keys } = crypto.respond(
            crypto.readCertificate(iikeying.initiatorCertificate),
            iikeying.sessionKeyInitiatorComponent,
          );
          assert.equal(component.length, withServer ? 139 : 73);
          assert.equal(layoutOf(component), layoutOf(recorded));
          keys.cipher.begin(1200).put(new Uint8Array(14));
          assert.equal(keys.cipher.seal(1).length, 4 + 16, "checksum alone");
        }
      });

      test(`as compat: "flash" initiator towards ${who} we send the recorded layout`, () => {
        const { component, finish } = flashPeer.initiate(
          flashPeer.readCertificate(rhello.responderCertificate),
        );
        assert.equal(layoutOf(component), layoutOf(iikeying.sessionKeyInitiatorComponent));
        assert.equal(
          layoutOf(flashPeer.certificate.bytes),
          layoutOf(iikeying.initiatorCertificate),
        );
        const { cipher } = finish(recorded);
        cipher.begin(1200).put(new Uint8Array(14));
        assert.equal(cipher.seal(1).length, 4 + 16, "checksum alone");
      });

      test(`a whole endpoint in place of ${who} sends packets of the recorded sizes`, () => {
        const crypto = withServer ? server : peer;
        const talk = new Talk(crypto);
        const { fingerprint } = crypto.certificate;
        const endpointDiscriminator = withServer
          ? serverDiscriminator("live")
          : peerDiscriminator(fingerprint);
        const tag = rhello.tagEcho;
        talk.receive((writer) => writeIHello(writer, { endpointDiscriminator, tag }));
        const hello = readRHello(firstChunk(talk.sent()).payload);
        assert.equal(hello.tagEcho.length, 16);
        assert.equal(hello.cookie.length, rhello.cookie.length);
        if (withServer) assert.equal(hello.responderCertificate.length, 77);
        const cookieEcho = hello.cookie;
        talk.receive((writer) =>
          writeIIKeying(writer, { ...iikeying, cookieEcho }, () => iikeying.signature),
        );
        const answer = readRIKeying(firstChunk(talk.sent()).payload);
        assert.equal(layoutOf(answer.sessionKeyResponderComponent), layoutOf(recorded));
        assert.deepEqual(answer.signature, rikeying.signature);
      });

      test(`a whole compat: "flash" endpoint opens towards ${who} with the recorded sizes`, () => {
        const talk = new Talk(flashPeer);
        const { fingerprint } = flashPeer.readCertificate(rhello.responderCertificate);
        const wanted = withServer ? serverDiscriminator("live") : peerDiscriminator(fingerprint);
        talk.endpoint.open(wanted, [far], 0);
        const { tag } = readIHello(firstChunk(talk.sent()).payload);
        assert.equal(tag.length, 16);
        talk.receive((writer) => writeRHello(writer, { ...rhello, tagEcho: tag }));
        const keying = readIIKeying(firstChunk(talk.sent()).payload);
        assert.deepEqual(keying.cookieEcho, rhello.cookie);
        assert.deepEqual(keying.signature, iikeying.signature);
        assert.equal(
          keying.initiatorSignedParameters.length,
          iikeying.initiatorSignedParameters.length,
        );
        talk.receive(
          (writer) => writeRIKeying(writer, rikeying, () => rikeying.signature),
          keying.initiatorSessionId,
        );
        assert.equal(talk.endpoint.stats.sessions, 1);
        assert.equal(talk.endpoint.stats.malformed, 0);
      });
    }
  });
}
