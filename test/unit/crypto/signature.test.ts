import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { toHex } from "../../../protocol/bytes/hex.ts";
import { noSigner, PasswordSigner } from "../../../protocol/crypto/signature.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { Lab } from "../../lab/index.ts";
import { hex, utf8 } from "../../support/bytes.ts";
import { cryptoOf } from "../../support/flash-handshake.ts";
import { Station } from "../../support/station.ts";
import { closeStations } from "../../support/two-stations.ts";

const ada = { id: "ada", secret: "countess" };
const parameters = utf8("all that is signed");
const signer = new PasswordSigner(nodePrimitives, ada);
const code = nodePrimitives.hmacSha256(utf8("countess"))(parameters);
/** 1 byte of type, 32 of code, 3 of name. */
const good = `24 1d ${toHex(code)} ${toHex(utf8("ada"))}`;
const wrong = `24 1d ${toHex(new Uint8Array(32))} ${toHex(utf8("ada"))}`;
const unknown = `24 1d ${toHex(new Uint8Array(32))} ${toHex(utf8("bob"))}`;

describe("§4.3.5 signatures", () => {
  test("without a password an X is sent, and anything is accepted", () => {
    const crypto = cryptoOf("static", [31]);
    assert.deepEqual(crypto.sign(parameters), utf8("X"));
    for (const any of ["", "58", wrong, "ff"]) crypto.verify(hex(any), parameters);
    fc.assert(fc.property(fc.uint8Array(), (any) => noSigner.isAcceptable(any, [parameters])));
  });

  test("§4.3.5.1.1 a Simple Password is the HMAC of the parameters, then the password's name", () => {
    assert.deepEqual(signer.sign([parameters]), hex(good));
    const crypto = cryptoOf("static", [31], { password: ada });
    assert.deepEqual(crypto.sign(utf8("all that "), utf8("is signed")), hex(good));
    crypto.verify(hex(good), utf8("all that "), utf8("is signed"));
    assert.throws(() => crypto.verify(hex(good), utf8("something else")), { code: "CRYPTO" });
  });

  test("where a password is required, empty, X, malformed and unknown are all refused", () => {
    const short = `20 1d ${toHex(new Uint8Array(31))}`;
    for (const refused of ["", "58", "ff", "00", "24 1d 00", unknown, short, wrong]) {
      assert.equal(signer.isAcceptable(hex(refused), [parameters]), false, refused);
    }
  });

  test("a malformed field counts as empty, even behind a good option", () => {
    assert.equal(signer.isAcceptable(hex(`${good} 05`), [parameters]), false);
  });

  test("§4.3.5.1.1 options and passwords that are not known are ignored", () => {
    for (const accepted of [good, `${unknown} ${good}`, `${good} ${unknown}`, `02 63 00 ${good}`]) {
      assert.equal(signer.isAcceptable(hex(accepted), [parameters]), true, accepted);
    }
  });

  test("§4.3.5.1.1 one wrong code for the known password spoils the signature", () => {
    assert.equal(signer.isAcceptable(hex(good + wrong), [parameters]), false);
    assert.equal(signer.isAcceptable(hex(wrong + good), [parameters]), false);
    assert.equal(signer.isAcceptable(hex(good + good), [parameters]), true);
  });

  test("whatever a far end sends for a signature is refused, and nothing is thrown", () => {
    const any = fc.uint8Array({ maxLength: 120 });
    fc.assert(fc.property(any, (bytes) => !signer.isAcceptable(bytes, [parameters])));
  });

  test("a password out of range is refused by name", () => {
    const make = (id: string, secret: string) => () =>
      cryptoOf("static", [31], { password: { id, secret } });
    assert.throws(make("x".repeat(256), "y"), /RangeError: password.id/);
    assert.throws(make("x", ""), /RangeError: password.secret/);
    assert.ok(make("", "y")());
  });
});

describe("RFC 7016 §2.3.7 §2.3.8 whole endpoints with passwords", () => {
  const table: [string, typeof ada | undefined, typeof ada | undefined, boolean][] = [
    ["both know it", ada, ada, true],
    ["the initiator has none", undefined, ada, false],
    ["the responder has none", ada, undefined, false],
    ["the secrets differ", ada, { ...ada, secret: "other" }, false],
    ["the names differ", ada, { ...ada, id: "bob" }, false],
  ];
  for (const [name, near, far, opens] of table) {
    test(`${name}: ${opens ? "open" : "refused and counted"}`, async () => {
      const lab = new Lab({ seed: 1 });
      const station = (ip: string, index: number, password: typeof ada | undefined) =>
        new Station(lab.host(ip).io, index, { crypto: { password } }).listen(ip, 1935);
      const one = await station("10.0.0.1", 0, near);
      const other = await station("10.0.0.2", 1, far);
      one.dial(other);
      await lab.advance(30_000);
      assert.equal(one.sessions.length, opens ? 1 : 0);
      const { malformed } = (far ? other : one).driver.endpoint.stats;
      assert.equal(malformed > 0, !opens);
      if (far) assert.equal(other.sessions.length, opens ? 1 : 0);
      await closeStations(lab, one, other);
    });
  }
});
