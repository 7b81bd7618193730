import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deriveKeys } from "../../protocol/crypto/key-derivation.ts";
import { readKeyingComponent } from "../../protocol/crypto/keying-component.ts";
import { agree } from "../../protocol/crypto/negotiation.ts";
import { FlashPacketCipher } from "../../protocol/crypto/packet-cipher.ts";
import { defaultProtection, type Protection } from "../../protocol/crypto/protection.ts";
import { Scratch } from "../../protocol/crypto/scratch.ts";
import { unscrambleSessionId } from "../../protocol/crypto/session-id.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import {
  monaFiles,
  type RecordedPacket,
  type RecordedSession,
  type Recording,
  readMonaRecording,
  readStrictRecording,
  strictFiles,
} from "../support/recorded-packets.ts";

for (const path of strictFiles) {
  describe(path, () => {
    const recording = readStrictRecording(path);
    test("§4.6.3 the keys and nonces are those of both recorded ends", () => {
      const [session] = recording.sessions;
      assert.ok(session !== undefined);
      const { expected, initiatorComponent, responderComponent, secret } = session;
      const near = deriveKeys(nodePrimitives, secret, initiatorComponent, responderComponent);
      const far = deriveKeys(nodePrimitives, secret, responderComponent, initiatorComponent);
      const names = {
        encryptKey256: near.send.encryption,
        decryptKey256: near.receive.encryption,
        hmacSendKey: near.send.hmac,
        hmacRecvKey: near.receive.hmac,
        nearNonce: near.nearNonce,
        farNonce: near.farNonce,
      };
      assert.deepEqual(names, expected);
      assert.deepEqual(far, {
        send: near.receive,
        receive: near.send,
        nearNonce: near.farNonce,
        farNonce: near.nearNonce,
      });
    });
    everyPacket(recording);
  });
}

for (const path of monaFiles) {
  describe(path, () => {
    const recording = readMonaRecording(path);
    test("§4.6.3 the AES keys are the recorded ones", () => {
      for (const {
        secret,
        initiatorComponent,
        responderComponent,
        expected,
      } of recording.sessions) {
        const keys = deriveKeys(nodePrimitives, secret, initiatorComponent, responderComponent);
        assert.deepEqual(
          {
            initiatorToResponderKey: keys.send.encryption.subarray(0, 16),
            responderToInitiatorKey: keys.receive.encryption.subarray(0, 16),
          },
          expected,
        );
      }
    });
    everyPacket(recording);
  });
}

function everyPacket(recording: Recording): void {
  test("§4.7 every packet opens, once if it is numbered, and seals to the same datagram", () => {
    const ciphers = new Map<string, FlashPacketCipher>();
    const sent = new Map<string, number>();
    const bySequence = [...recording.packets].sort(
      (one, other) => (one.sequenceNumber ?? 0) - (other.sequenceNumber ?? 0),
    );
    assert.ok(bySequence.length > 0);
    for (const packet of bySequence) {
      const name = JSON.stringify(packet.key);
      const cipher = ciphers.get(name) ?? oneWayCipher(recording, packet);
      ciphers.set(name, cipher);
      assert.equal(unscrambleSessionId(packet.datagram), packet.sessionId);
      assert.deepEqual(cipher.unseal(packet.datagram), packet.plain);
      if (packet.sequenceNumber !== undefined) {
        assert.equal(cipher.unseal(packet.datagram), undefined, "a replay");
      }
      for (let next = sent.get(name) ?? 0; next < (packet.sequenceNumber ?? 0); next += 1) {
        cipher.begin(1200).u8(0);
        cipher.seal(1);
      }
      const { length } = packet.plain;
      cipher.begin(2048).put(packet.plain.subarray(0, length - packet.paddingLength));
      assert.deepEqual(cipher.seal(packet.sessionId), packet.datagram);
      sent.set(name, (packet.sequenceNumber ?? 0) + 1);
    }
  });
}

/** Sends as the packet's sender does, and receives as its receiver. */
function oneWayCipher(recording: Recording, packet: RecordedPacket): FlashPacketCipher {
  const { key } = packet;
  const session = key === "default" ? undefined : recording.sessions[key.session];
  const protection =
    key === "default" || session === undefined
      ? defaultProtection
      : protectionOf(session, key.fromInitiator);
  return new FlashPacketCipher(nodePrimitives, new Scratch(), protection, protection);
}

function protectionOf(session: RecordedSession, fromInitiator: boolean): Protection {
  const { secret, initiatorComponent, responderComponent } = session;
  const [sender, receiver] = fromInitiator
    ? [initiatorComponent, responderComponent]
    : [responderComponent, initiatorComponent];
  const { send } = deriveKeys(nodePrimitives, secret, sender, receiver);
  const far = readKeyingComponent(sender);
  const near = readKeyingComponent(receiver);
  const hmac = agree({ ...near.hmac, require: false }, far.hmac, "");
  const numbers = agree({ ...near.sequenceNumbers, require: false }, far.sequenceNumbers, "");
  return {
    aesKey: send.encryption.subarray(0, 16),
    hmac: hmac.expect ? { key: send.hmac, length: far.hmac.length } : undefined,
    sequenceNumbers: numbers.expect,
  };
}
