import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseIp } from "../../../protocol/wire/ip.ts";
import { isRelayAddress, relayAddress } from "../../../protocol/wire/relay-address.ts";

const fingerprints = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("a relay address is a unique-local one that begins as the fingerprint does, with port 0", () => {
  fc.assert(
    fc.property(fingerprints, (fingerprint) => {
      const address = relayAddress(fingerprint);
      const bytes = parseIp(address.ip);
      assert.equal(bytes[0], 0xfd);
      assert.deepEqual(bytes.slice(1), fingerprint.slice(0, 15));
      assert.equal(address.port, 0);
      assert.ok(isRelayAddress(address));
    }),
  );
});

test("what has a port, or is not unique-local, is no relay address", () => {
  assert.ok(!isRelayAddress({ ip: "fd00::1", port: 1935 }));
  assert.ok(!isRelayAddress({ ip: "fe80::1", port: 0 }));
  assert.ok(!isRelayAddress({ ip: "2001:db8::fd", port: 0 }));
  assert.ok(!isRelayAddress({ ip: "192.0.2.1", port: 0 }));
});
