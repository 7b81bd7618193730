import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Candidate,
  chosenCandidates,
  formatCandidate,
  hostCandidates,
  isLocalScope,
  MAX_FAR_CANDIDATES,
  parseCandidates,
} from "../../../peer/traversal/candidates.ts";
import { MalformedError } from "../../../protocol/errors.ts";

const at = (ip: string, port = 1935): { ip: string; port: number } => ({ ip, port });

test("host candidates: every interface of a family that has a socket, by policy", () => {
  const ips = [
    "10.0.0.2",
    "127.0.0.1",
    "203.0.113.7",
    "169.254.1.1",
    "2001:db8::1",
    "fe80::1",
    "fd00::1",
  ];
  const ports = { v4: 5_000, v6: 6_000 };
  const addresses = (policy: "all" | "public" | "none"): string[] =>
    hostCandidates(ips, ports, policy).map(({ address }) => `${address.ip} ${address.port}`);
  assert.deepEqual(addresses("all"), [
    "10.0.0.2 5000",
    "203.0.113.7 5000",
    "2001:db8::1 6000",
    "fd00::1 6000",
  ]);
  assert.deepEqual(addresses("public"), ["203.0.113.7 5000", "2001:db8::1 6000"]);
  assert.deepEqual(addresses("none"), []);
  assert.equal(hostCandidates(ips, { v4: 5_000 }, "all").length, 2);
});

test("§5.1.2 the best come first, each address once, no more than may be sent", () => {
  const candidates: Candidate[] = [
    { kind: "relay", address: at("fd00::9", 0) },
    { kind: "reflexive", address: at("203.0.113.7") },
    { kind: "host", address: at("203.0.113.7") },
    { kind: "mapped", address: at("203.0.113.7", 9) },
    { kind: "host", address: at("2001:db8::1") },
  ];
  assert.deepEqual(chosenCandidates(candidates).map(formatCandidate), [
    "host [2001:db8::1]:1935",
    "host 203.0.113.7:1935",
    "mapped 203.0.113.7:9",
    "relay [fd00::9]:0",
  ]);
  const many = Array.from({ length: 40 }, (_, index) => ({
    kind: "host" as const,
    address: at("192.0.2.1", index + 1),
  }));
  assert.equal(chosenCandidates(many).length, MAX_FAR_CANDIDATES);
});

test("candidates survive signalling", () => {
  const texts = ["host 10.0.0.2:1935", "reflexive 203.0.113.7:1", "relay [fd00::9]:0"];
  assert.deepEqual(parseCandidates(texts).map(formatCandidate), texts);
});

test("a stranger cannot make us send to ourselves, to everybody or to nobody", () => {
  const texts = [
    ...["127.0.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "169.254.0.1"],
    ...["[::1]", "[::]", "[ff02::1]", "[fe80::1]"],
  ].map((ip) => `host ${ip}:1935`);
  assert.deepEqual(parseCandidates(texts), []);
});

test("anything a stranger sends is candidates or malformed", () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.array(fc.string())), (value) => {
      try {
        parseCandidates(value);
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
  );
  const tooMany = Array.from({ length: MAX_FAR_CANDIDATES + 1 }, () => "host 192.0.2.1:1");
  assert.throws(() => parseCandidates(tooMany), MalformedError);
  for (const text of ["host", "host 192.0.2.1:0", "guest 192.0.2.1:1", "host 192.0.2.1:1 x"]) {
    assert.throws(() => parseCandidates([text]), MalformedError, text);
  }
});

test("private networks and those of carriers are local", () => {
  const local = ["10.1.2.3", "172.16.0.1", "172.31.0.1", "192.168.1.1", "100.64.0.1", "fd12::1"];
  for (const ip of local) assert.equal(isLocalScope(ip), true, ip);
  for (const ip of ["172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1"]) {
    assert.equal(isLocalScope(ip), false, ip);
  }
});
