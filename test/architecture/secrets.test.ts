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
  "protocol/session/initiator.ts": "fingerprints and endpoint discriminators",
};

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
