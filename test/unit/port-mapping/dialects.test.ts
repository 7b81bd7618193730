import assert from "node:assert/strict";
import { test } from "node:test";
import { NatPmpDialect } from "../../../peer/traversal/port-mapping/nat-pmp-dialect.ts";
import { PcpDialect } from "../../../peer/traversal/port-mapping/pcp-dialect.ts";
import { hex } from "../../support/bytes.ts";

const request = {
  router: { ip: "10.0.1.1", localIp: "10.0.1.2" },
  internalPort: 40_000,
  random: (length: number) => new Uint8Array(length).fill(0xab),
};
const NONCE = "ab".repeat(12);
const CLIENT = "00000000000000000000ffff0a000102";
const NO_IP = "00000000000000000000ffff00000000";

test("RFC 6887 §11.2 §15.1 renewing suggests the port it has; deleting has the same nonce, and no port", () => {
  const dialect = new PcpDialect(request);
  dialect.begin(0);
  const ask = (lifetime: string, port: string): Uint8Array =>
    hex(`02 01 0000 ${lifetime} ${CLIENT} ${NONCE} 11 000000 9c40 ${port} ${NO_IP}`);
  assert.deepEqual(dialect.request(), ask("00000258", "9c40"));
  dialect.begin(45_678);
  assert.deepEqual(dialect.request(), ask("00000258", "b26e"));
  assert.deepEqual(dialect.deletion(), ask("00000000", "0000"));
});

test("RFC 6887 §11.4 answers for another port, protocol or nonce are not ours", () => {
  const dialect = new PcpDialect(request);
  const say = (nonce: string, protocol: string, port: string) =>
    dialect.answer(
      hex(`02 81 0000 00000078 00000001 ${"00".repeat(12)} ${nonce} ${protocol} 000000 ${port} b26e
        00000000000000000000ffffcb007109`),
    ).answer.type;
  assert.equal(say(NONCE, "11", "9c40"), "granted");
  assert.equal(say(NONCE, "11", "9c41"), "other");
  assert.equal(say(NONCE, "06", "9c40"), "other");
  assert.equal(say("ac".repeat(12), "11", "9c40"), "other");
});

test("RFC 6886 §3.3 §3.4 the address, then the mapping, which is deleted without a port", () => {
  const dialect = new NatPmpDialect(request);
  const say = (bytes: string) => dialect.answer(hex(bytes)).answer;
  dialect.begin(0);
  assert.deepEqual(dialect.request(), hex("0000"));
  assert.equal(say("00 81 0000 00000001 9c40 b26e 00000078").type, "other", "the address first");
  assert.equal(say("00 80 0000 00000001 cb007109").type, "continue");
  assert.equal(say("00 80 0000 00000001 cb007109").type, "other", "twice");
  assert.deepEqual(dialect.request(), hex("00 01 0000 9c40 9c40 00000258"));
  assert.equal(say("00 81 0000 00000001 9c41 b26e 00000078").type, "other", "another port");
  assert.deepEqual(say("00 81 0000 00000001 9c40 b26e 00000078"), {
    type: "granted",
    external: { ip: "203.0.113.9", port: 45_678 },
    lifetimeSeconds: 120,
  });
  assert.deepEqual(dialect.deletion(), hex("00 01 0000 9c40 0000 00000000"));
  assert.equal(say("00 81 0000 00000001 9c40 0000 00000000").type, "deleted");
  dialect.begin(45_678);
  assert.deepEqual(dialect.request(), hex("0000"), "the address may have changed");
});

test("RFC 6886 §3.5 only the refusal of what was asked counts", () => {
  const dialect = new NatPmpDialect(request);
  const say = (bytes: string) => dialect.answer(hex(bytes)).answer.type;
  dialect.begin(0);
  assert.equal(say("00 81 0002 00000001"), "other");
  assert.equal(say("00 80 0003 00000001"), "refused");
  assert.equal(say("00 80 0000 00000001 cb007109"), "continue");
  assert.equal(say("00 81 0001 00000001"), "other", "late answer to a PCP request");
  assert.equal(say("00 81 0002 00000001"), "refused");
});
