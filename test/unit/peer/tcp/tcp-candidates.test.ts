import assert from "node:assert/strict";
import { test } from "node:test";
import { dialable, ownTcpCandidates } from "../../../../peer/tcp/tcp-candidates.ts";
import type { Address } from "../../../../protocol/wire/address.ts";

const mapping = { localPort: 50_000, observed: { ip: "203.0.113.1", port: 40_000 } };

function at(...ips: string[]): Address[] {
  return ips.map((ip) => ({ ip, port: 1_935 }));
}

test("we are where the server sees us, and at our interfaces with the same local port", () => {
  assert.deepEqual(ownTcpCandidates(mapping, ["192.168.1.2", "2001:db8::2"]), [
    mapping.observed,
    { ip: "192.168.1.2", port: 50_000 },
    { ip: "2001:db8::2", port: 50_000 },
  ]);
  const open = { localPort: 50_000, observed: { ip: "203.0.113.1", port: 50_000 } };
  assert.deepEqual(ownTcpCandidates(open, ["203.0.113.1"]), [open.observed]);
});

test("nobody dials himself, twice, or loopback", () => {
  const own = ownTcpCandidates(mapping, ["192.168.1.2"]);
  const [good] = at("203.0.113.2");
  assert.ok(good);
  const loopback = at("127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1");
  assert.deepEqual(dialable([...own, ...loopback, good, good], own, mapping), [good]);
});

test("with a server on this machine, others on it are at loopback", () => {
  const near = { localPort: 50_000, observed: { ip: "127.0.0.1", port: 50_000 } };
  const own = ownTcpCandidates(near, []);
  assert.deepEqual(dialable([...own, ...at("127.0.0.1")], own, near), at("127.0.0.1"));
});
