import assert from "node:assert/strict";
import { test } from "node:test";
import { readFarContact } from "../../../peer/sessions/far-contact.ts";
import { encodeNatReport, UNKNOWN_NAT } from "../../../peer/traversal/nat-report.ts";

const seenAt = { ip: "198.51.100.7", port: 5_000 };
const nat = encodeNatReport(UNKNOWN_NAT);

test("where the server sees a peer counts, whatever it says itself", () => {
  const contact = readFarContact({ nat, candidates: [] }, { seenAt, hasUdp: true });
  assert.deepEqual(contact?.candidates, [{ kind: "reflexive", address: seenAt }]);
  assert.deepEqual(contact?.verifiedIps, ["198.51.100.7"]);
});

test("what it says itself already is not repeated", () => {
  const reflexive = encodeNatReport({ ...UNKNOWN_NAT, reflexive: [seenAt] });
  const witness = { seenAt, hasUdp: true };
  assert.deepEqual(readFarContact({ nat: reflexive }, witness)?.candidates, []);
  const candidates = ["host 198.51.100.7:5000"];
  assert.deepEqual(readFarContact({ nat, candidates }, witness)?.candidates, [
    { kind: "host", address: seenAt },
  ]);
});

test("where its TCP connection comes from is no place for datagrams, but its IP address is true", () => {
  const contact = readFarContact({ nat }, { seenAt, hasUdp: false });
  assert.deepEqual(contact?.candidates, []);
  assert.deepEqual(contact?.verifiedIps, ["198.51.100.7"]);
  assert.equal(readFarContact({ nat })?.verifiedIps, undefined);
});

test("a stranger does not name this host, nor somebody on our link, unless the server sees it there", () => {
  const at = (ip: string) => ({ ip, port: 631 });
  const [loopback, link, near] = [at("127.0.0.1"), at("169.254.1.1"), at("192.168.1.1")];
  const told = { nat: encodeNatReport({ ...UNKNOWN_NAT, reflexive: [loopback, link, near] }) };
  const believed = (ip: string) =>
    readFarContact(told, { seenAt: { ip, port: 1 }, hasUdp: true })?.nat.reflexive;
  assert.deepEqual(believed(seenAt.ip), [near]);
  assert.deepEqual(believed("127.0.0.1"), [loopback, near]);
  assert.deepEqual(believed("169.254.7.7"), [link, near]);
  assert.deepEqual(readFarContact(told)?.nat.reflexive, [near]);
});

test("who tells nothing, or nonsense, is none that signals are for", () => {
  for (const contact of [undefined, null, "x", {}, { nat: 1 }, { nat, candidates: [1] }]) {
    assert.equal(readFarContact(contact, { seenAt, hasUdp: true }), undefined);
  }
});
