/** Bytes are compared by `Primitives.equal`, whose time tells nothing of them, unless they are public. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { projectFiles, readProjectFile } from "./project.ts";

/** Who uses `compareBytes`, whose time depends on the bytes, and what everybody may know there. */
const publicBytes: Readonly<Record<string, string>> = {
  "peer/network.ts": "endpoint discriminators",
  "peer/streams/stream-source.ts": "the name of a message",
  "protocol/crypto/certificate.ts": "certificates and their fingerprints",
  "protocol/crypto/modp-key.ts": "public keys",
  "protocol/crypto/stored-identity.ts": "public keys",
  "protocol/session/openings.ts": "fingerprints and endpoint discriminators",
};

/** Who compares element by element, and what everybody may know there. */
const publicElements: Readonly<Record<string, string>> = {
  "bin/main.ts": "the words of a command",
  "peer/traversal/port-mapping/pcp-dialect.ts": "a nonce, which went out in the clear",
  "peer/traversal/port-mapping/pcp-message.ts": "the prefix of IPv4-mapped addresses",
  "protocol/node/socket-writer.ts": "pieces of messages: the same arrays",
  "protocol/tc/live-cache.ts": "media",
  "rendezvous/forward/continuation.ts": "media",
  "rendezvous/vod/tag-kind.ts": "a name in a recording",
};

const ELEMENTS =
  /\.every\(\(\w+, (?<index>\w+)\) => .*\[[^\]]*\b\k<index>\]|\[(?<at>[a-z]\w*)\] [!=]== .*\[\k<at>\]/;

/** By its name, what nobody may guess piece by piece. Not codes: those of errors are texts. */
const SECRET = "(?:[mM]ac|[sS]ecret|[tT]oken|[cC]ookie|[pP]assword|[pP]roof)(?:Of)?";
/** With a literal it is no guess. */
const SECRET_TEXTS: RegExp = new RegExp(
  `${SECRET}\\)? [!=]== (?!undefined\\b|")|[!=]== [\\w.#]*${SECRET}\\b`,
);

/** Other ways to compare bytes, past this list. */
const OTHER_WAYS = /\bBuffer\.compare\(|\.equals\(|\btoHex\([^()]*\) [!=]== |[!=]== toHex\(/;

const sources = projectFiles().filter((path) =>
  /^(?:protocol|peer|rendezvous|bin)\/.*\.ts$/.test(path),
);

function sourcesWith(pattern: RegExp): string[] {
  return sources.filter((path) => pattern.test(readProjectFile(path)));
}

test("compareBytes is for public bytes: each file that imports it says which", () => {
  const users = sourcesWith(/\/compare\.ts"/);
  assert.deepEqual(new Set(users), new Set(Object.keys(publicBytes)));
});

test("bytes are compared neither by Buffer nor as hexadecimal text", () => {
  for (const line of [
    "if (Buffer.compare(mac, expected) === 0) return true;",
    "return mac.equals(expected);",
    "if (toHex(mac) !== expected) return undefined;",
    "const isOurs = given === toHex(this.#macOf(claim));",
  ]) {
    assert.match(line, OTHER_WAYS);
  }
  assert.doesNotMatch("return primitives.equal(mac, expected);", OTHER_WAYS);
  assert.deepEqual(sourcesWith(OTHER_WAYS), []);
});

test("bytes are compared one by one only where they are public: each file that does says which", () => {
  for (const line of [
    "return code.every((byte, at) => byte === expected[at]);",
    "return expected.every((byte, index) => datagram[end + index] === byte);",
    "if (cookie[at] !== expected[at]) return false;",
  ]) {
    assert.match(line, ELEMENTS);
  }
  assert.doesNotMatch("return codes.every((code) => primitives.equal(code, mac));", ELEMENTS);
  assert.deepEqual(new Set(sourcesWith(ELEMENTS)), new Set(Object.keys(publicElements)));
});

test("macs, secrets, tokens, cookies, passwords and proofs are not compared as texts", () => {
  for (const line of [
    "if (mac === expected) return true;",
    "return claim.mac !== this.#macOf(claim);",
    "return given === this.#token;",
    "const isOurs = given === this.#macOf(claim);",
    "if (password !== publishers[user]) return false;",
  ]) {
    assert.match(line, SECRET_TEXTS);
  }
  for (const line of ['secret === ""', "this.#mac === undefined", 'typeof token === "string"']) {
    assert.doesNotMatch(line, SECRET_TEXTS);
  }
  assert.deepEqual(sourcesWith(SECRET_TEXTS), []);
});

test("Primitives.equal is node:crypto's timingSafeEqual", () => {
  const source = readProjectFile("protocol/node/primitives.ts");
  assert.match(source, /^import \{ timingSafeEqual \} from "node:crypto";$/m);
  const equal =
    "  equal: (one, other) => one.length === other.length && timingSafeEqual(one, other),\n";
  assert.ok(source.includes(equal), "lengths are no secret, and nothing else is looked at before");
});
