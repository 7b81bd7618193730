import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { FlashCertificate } from "../../../protocol/crypto/certificate.ts";
import {
  type CertificateContent,
  writeCertificate,
} from "../../../protocol/crypto/certificate-content.ts";
import { writeEndpointDiscriminator } from "../../../protocol/crypto/endpoint-discriminator.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { orMalformed } from "../../support/errors.ts";

const read = (bytes: Uint8Array): FlashCertificate => new FlashCertificate(bytes, nodePrimitives);
const readHex = (hex: string): FlashCertificate => read(fromHex(hex));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const groups = fc.uniqueArray(fc.nat({ max: 2 ** 32 }), { minLength: 1, maxLength: 5 });
const contents: fc.Arbitrary<CertificateContent> = fc
  .record({
    hostname: fc.option(fc.uint8Array({ maxLength: 30 }), { nil: undefined }),
    acceptsAncillary: fc.boolean(),
    groups,
    isStatic: fc.boolean(),
    key: fc.uint8Array({ maxLength: 140 }),
    extraRandomness: fc.option(fc.uint8Array({ maxLength: 64 }), { nil: undefined }),
  })
  .map(({ groups: ids, isStatic, key, ...rest }) => ({
    ...rest,
    ephemeralGroups: isStatic ? [] : ids,
    staticKeys: new Map(isStatic ? ids.map((id) => [id, key]) : []),
  }));

describe("§4.3.1 format", () => {
  test("a server's certificate of others reads as what it says", () => {
    const certificate = readHex(`010a0215100215 0e021502410e${"5a".repeat(64)}`.replace(" ", ""));
    assert.equal(certificate.isStatic, false);
    assert.deepEqual(certificate.groups, [16, 14, 2]);
    assert.equal(certificate.content.acceptsAncillary, true);
    assert.equal(certificate.content.extraRandomness?.length, 64);
  });

  test("a client's certificate of others reads as what it says", () => {
    const certificate = readHex(`84021d10${"a1".repeat(512)}81021d02${"b2".repeat(128)}`);
    assert.equal(certificate.isStatic, true);
    assert.deepEqual(certificate.groups, [16, 2]);
    assert.deepEqual(certificate.content.staticKeys.get(2), new Uint8Array(128).fill(0xb2));
  });

  test("reading is the inverse of writing", () => {
    fc.assert(
      fc.property(contents, (content) => {
        const certificate = read(writeCertificate(content));
        assert.deepEqual({ ...certificate.content }, { ...content });
        assert.deepEqual(
          certificate.groups,
          certificate.isStatic ? [...content.staticKeys.keys()] : content.ephemeralGroups,
        );
      }),
    );
  });

  test("any bytes are a certificate or malformed", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void orMalformed(() => read(bytes))));
  });

  test("a truncated certificate is malformed, or the options before the cut", () => {
    fc.assert(
      fc.property(contents, fc.nat(), (content, cut) => {
        const whole = writeCertificate(content);
        const bytes = whole.subarray(0, cut % (whole.length + 1));
        const certificate = orMalformed(() => read(bytes));
        if (certificate === "malformed") return;
        assert.deepEqual(writeCertificate(certificate.content), bytes);
      }),
    );
  });

  test("a certificate over 4096 bytes is malformed", () => {
    const padded = (length: number): Uint8Array => {
      const bytes = new Uint8Array(length);
      bytes.set([2, 0x15, 2]);
      return bytes;
    };
    assert.equal(read(padded(4096)).isStatic, false);
    assert.throws(() => read(padded(4097)), MalformedError);
  });
});

describe("§4.3.2 fingerprint", () => {
  const canonical = "021502030e0102";

  test("it is the SHA-256 of the whole certificate without a Marker", () => {
    const bytes = fromHex(canonical);
    const { fingerprint, peerId } = read(bytes);
    assert.deepEqual(fingerprint, nodePrimitives.sha256(bytes));
    assert.equal(peerId, toHex(fingerprint));
  });

  test("it ends before the first Marker, and options after it do not count", () => {
    const rest = "00 021505 010a 0200 41 00 22 1d 0e".replaceAll(" ", "");
    const certificate = readHex(`${canonical}${rest}${"77".repeat(32)}`);
    assert.deepEqual(certificate.fingerprint, nodePrimitives.sha256(fromHex(canonical)));
    assert.deepEqual(certificate.groups, [2]);
    assert.equal(certificate.content.acceptsAncillary, false);
    assert.equal(certificate.content.hostname, undefined);
  });

  test("options that are not understood are part of it", () => {
    const bytes = fromHex(`${canonical}03816342`);
    assert.deepEqual(read(bytes).fingerprint, nodePrimitives.sha256(bytes));
  });

  test("broken options after the Marker are malformed all the same", () => {
    assert.throws(() => readHex(`${canonical}00051d`), MalformedError);
  });
});

describe("§4.3.3 options", () => {
  test("there are either static keys or ephemeral groups", () => {
    for (const hex of ["", "00", "010a", "0215021d020102", `021502${"031d0e01"}`, "00021502"]) {
      assert.throws(() => readHex(hex), MalformedError, hex);
    }
  });

  test("§4.3.3.1 a hostname occurs once", () => {
    assert.throws(() => readHex("021502020041020042"), MalformedError);
    assert.equal(toHex(readHex("021502020041").content.hostname ?? new Uint8Array()), "41");
  });

  test("§4.3.3.5 the first key of a group counts", () => {
    assert.deepEqual(
      readHex("031d0211031d0222").content.staticKeys,
      new Map([[2, Uint8Array.of(0x11)]]),
    );
  });

  test("groups without an ID are malformed", () => {
    for (const hex of ["0115", "011d", "021582"]) assert.throws(() => readHex(hex), MalformedError);
  });
});

describe("§4.4.3 certificate selection", () => {
  const certificate = (content: Partial<CertificateContent>): FlashCertificate =>
    read(
      writeCertificate({
        acceptsAncillary: false,
        ephemeralGroups: [2],
        staticKeys: new Map(),
        ...content,
      }),
    );
  const hostname = utf8("lb.example");
  const ancillary = utf8("rtmfp://lb.example/app");
  const plain = certificate({});
  const named = certificate({ hostname });
  const server = certificate({ acceptsAncillary: true });
  const namedServer = certificate({ acceptsAncillary: true, hostname });

  test("the table of hostname and ancillary data", () => {
    const other = utf8("other.example");
    const selecting: [Parameters<typeof writeEndpointDiscriminator>[0], FlashCertificate[]][] = [
      [{}, []],
      [{ hostname }, [named, namedServer]],
      [{ hostname: other }, []],
      [{ ancillary }, [server, namedServer]],
      [{ hostname, ancillary }, [namedServer]],
      [{ hostname: other, ancillary }, []],
    ];
    for (const [wanted, selected] of selecting) {
      const bytes = writeEndpointDiscriminator(wanted);
      const actual = [plain, named, server, namedServer].filter((each) => each.isSelectedBy(bytes));
      assert.deepEqual(actual, selected);
    }
  });

  test("a fingerprint decides alone", () => {
    const { fingerprint } = plain;
    for (const rest of [{}, { hostname }, { ancillary }, { hostname, ancillary }]) {
      const bytes = writeEndpointDiscriminator({ ...rest, fingerprint });
      assert.equal(plain.isSelectedBy(bytes), true);
      assert.equal(namedServer.isSelectedBy(bytes), false);
    }
  });

  test("a malformed discriminator throws MalformedError", () => {
    assert.throws(() => plain.isSelectedBy(Uint8Array.of(5)), MalformedError);
  });
});

test("§4.3.6 on glare the certificate that is ordered before prevails, or an identical one", () => {
  const low = readHex("021502");
  const longer = readHex("021502010a");
  const high = readHex("021505");
  assert.equal(low.prevailsOver(high), true);
  assert.equal(high.prevailsOver(low), false);
  assert.equal(low.prevailsOver(longer), true);
  assert.equal(longer.prevailsOver(low), false);
  assert.equal(low.prevailsOver(readHex("021502")), true);
});
