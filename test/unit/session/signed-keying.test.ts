import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import { toHex } from "../../../protocol/bytes/hex.ts";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import type { Crypto } from "../../../protocol/crypto/crypto.ts";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import { readIIKeying, writeIIKeying } from "../../../protocol/wire/chunks/iikeying.ts";
import { readRIKeying, writeRIKeying } from "../../../protocol/wire/chunks/rikeying.ts";
import { Lab } from "../../lab/index.ts";
import { hex } from "../../support/bytes.ts";
import { cryptoOf } from "../../support/flash-handshake.ts";
import { startupChunks } from "../../support/startup-chunks.ts";
import { Station } from "../../support/station.ts";
import { closeStations } from "../../support/two-stations.ts";
import { withCiphers } from "../../support/with-ciphers.ts";

const password = { id: "ada", secret: "countess" };

describe("RFC 7425 §4.3.5.1.1 signatures as computed with OpenSSL", () => {
  const crypto = cryptoOf("static", [31], { password });
  const skic = "e0e1e2e3e4";

  test("RFC 7016 §2.3.7 of an IIKeying: its payload up to the signature", () => {
    const parameters = {
      initiatorSessionId: 0x01020304,
      cookieEcho: hex("c0c1c2c3"),
      initiatorCertificate: hex("d0d1d2"),
      sessionKeyInitiatorComponent: hex(skic),
    };
    const chunk = new Writer();
    writeIIKeying(chunk, parameters, (signed) => crypto.sign(signed));
    // echo -n 0102…e4 | xxd -r -p | openssl dgst -sha256 -hmac countess
    const code = "2d808fb4286993ef47547c2186b72f5bec9ede046cb9c918e73e03541dbdaedb";
    const signed = `01020304 04c0c1c2c3 03d0d1d2 05${skic}`;
    assert.deepEqual(chunk.finish(), hex(`38 0038 ${signed} 24 1d ${code} 616461`));
  });

  test("RFC 7016 §2.3.8 of an RIKeying: its payload up to the signature, then the SKIC", () => {
    const parameters = {
      responderSessionId: 0x05060708,
      sessionKeyResponderComponent: hex("f0f1f2f3f4f5"),
    };
    const chunk = new Writer();
    writeRIKeying(chunk, parameters, (portion) => crypto.sign(portion, hex(skic)));
    // echo -n 0506…f5e0…e4 | xxd -r -p | openssl dgst -sha256 -hmac countess
    const code = "14e4ef80c5705fa969066b001ac4a63401775c7ecbdd1b9be0555089fb749668";
    assert.deepEqual(chunk.finish(), hex(`78 0030 05060708 06f0f1f2f3f4f5 24 1d ${code} 616461`));
  });
});

describe("RFC 7425 §4.3.5.1.1 signatures that endpoints send, and want", () => {
  type Sign = (crypto: Crypto, ...parameters: readonly Uint8Array[]) => Uint8Array;

  /** Two ends with the same password; one may sign something else than it should. */
  async function talk(who: "initiator" | "responder" | "nobody", sign: Sign) {
    const lab = new Lab({ seed: 1 });
    const wrapCrypto = (crypto: Crypto): Crypto => ({
      ...withCiphers(crypto, (cipher) => cipher),
      sign: (...parameters) => sign(crypto, ...parameters),
    });
    const crypto = { password };
    const station = (ip: string, index: number, isWrong: boolean) => {
      const options = isWrong ? { crypto, wrapCrypto } : { crypto };
      return new Station(lab.host(ip).io, index, options).listen(ip, 1935);
    };
    const one = await station("10.0.0.1", 0, who === "initiator");
    const other = await station("10.0.0.2", 1, who === "responder");
    const chunks = startupChunks(lab);
    one.dial(other);
    await lab.advance(500);
    const { malformed } = (who === "initiator" ? other : one).driver.endpoint.stats;
    await closeStations(lab, one, other);
    return { chunks, sessions: [one.sessions.length, other.sessions.length], malformed };
  }

  test("both cover what RFC 7016 §2.3.7 and §2.3.8 say, on the wire", async () => {
    const { chunks, sessions } = await talk("nobody", (crypto, ...parameters) =>
      crypto.sign(...parameters),
    );
    assert.deepEqual(sessions, [1, 1]);
    const payload = (wanted: number): Uint8Array => {
      const [chunk] = chunks.filter(({ type }) => type === wanted);
      assert.ok(chunk);
      return chunk.payload.rest();
    };
    const [asked, answered] = [payload(ChunkType.iikeying), payload(ChunkType.rikeying)];
    const signatureBytes = 2 + 32 + password.id.length;
    const codeOf = (signed: Uint8Array): string => toHex(signed.slice(-35, -3));
    const code = (...parts: readonly Uint8Array[]): string => {
      const hmac = createHmac("sha256", password.secret);
      for (const part of parts) hmac.update(part);
      return hmac.digest("hex");
    };
    assert.equal(codeOf(asked), code(asked.slice(0, -signatureBytes)));
    const { sessionKeyInitiatorComponent: skic } = readIIKeying(new Reader(asked));
    assert.equal(codeOf(answered), code(answered.slice(0, -signatureBytes), skic));
    assert.equal(readRIKeying(new Reader(answered)).signature.length, signatureBytes);
  });

  test("an RIKeying whose signature leaves the SKIC out opens nothing", async () => {
    const { sessions, malformed } = await talk("responder", (crypto, own) =>
      crypto.sign(own ?? new Uint8Array(0)),
    );
    assert.deepEqual([sessions[0], malformed], [0, 1]);
  });

  test("nor does one whose signature is about another SKIC", async () => {
    const { sessions, malformed } = await talk("responder", (crypto, own, skic) =>
      crypto.sign(own ?? new Uint8Array(0), (skic ?? new Uint8Array(1)).with(0, 0xff)),
    );
    assert.deepEqual([sessions[0], malformed], [0, 1]);
  });

  test("an IIKeying whose signature leaves its last byte out is not answered", async () => {
    const { chunks, sessions, malformed } = await talk("initiator", (crypto, own) =>
      crypto.sign((own ?? new Uint8Array(0)).subarray(0, -1)),
    );
    assert.deepEqual([sessions, malformed], [[0, 0], 1]);
    assert.ok(chunks.every(({ type }) => type !== ChunkType.rikeying));
  });
});
