import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_COOKIE_BYTES, REASSEMBLY_PROGRESS_MS } from "../../protocol/params.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { ChunkType } from "../../protocol/wire/chunk.ts";
import { readCookieChange } from "../../protocol/wire/chunks/cookie-change.ts";
import { writePacketFragment } from "../../protocol/wire/chunks/packet-fragment.ts";
import { readRIKeying } from "../../protocol/wire/chunks/rikeying.ts";
import { assertEmpty, onlyChunk, Victim } from "../support/victim.ts";

const here = { ip: "192.0.2.1", port: 1935 };
const elsewhere = { ip: "192.0.2.2", port: 1935 };

const cutOff = new Uint8Array(100);

function assertOpens(victim: Victim, from: Address, cookieEcho: Uint8Array, id: number): void {
  const answer = onlyChunk(victim.key(from, { cookieEcho, initiatorSessionId: id }));
  assert.deepEqual([answer.type, answer.sessionId], [ChunkType.rikeying, id]);
  assert.deepEqual(answer.to, from);
  const { responderSessionId } = readRIKeying(answer.payload);
  const { session } = victim;
  assert.equal(session.terms.nearSessionId, responderSessionId);
  assert.equal(victim.endpoint.stats.sessions, 1);
}

test("§3.5.1.1.2 a cookie that is none of ours is not answered, and opens nothing", () => {
  const victim = new Victim();
  const cookie = victim.cookieFor(here);
  const bad: Record<string, Uint8Array> = {
    empty: new Uint8Array(0),
    short: cookie.subarray(0, -1),
    long: Uint8Array.of(...cookie, 0),
    "of zeros": new Uint8Array(cookie.length),
    "as long as any": new Uint8Array(MAX_COOKIE_BYTES),
    "of another endpoint": new Victim().cookieFor(here),
  };
  for (const [what, cookieEcho] of Object.entries(bad)) {
    assert.deepEqual(victim.key(here, { cookieEcho, initiatorSessionId: 7 }), [], what);
  }
  assertEmpty(victim);
  assertOpens(victim, here, cookie, 7);
});

test("§3.5.1.1.2 whichever bit of a cookie is forged, there is no session", () => {
  const victim = new Victim();
  const cookie = victim.cookieFor(here);
  for (let bit = 0; bit < cookie.length * 8; bit += 1) {
    const forged = cookie.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    const sent = victim.key(here, { cookieEcho: forged, initiatorSessionId: 7 });
    // The later half proves the address: one that is wrong looks like that of another address.
    if (bit < 256) assert.deepEqual(sent, [], `bit ${bit}`);
    else assert.equal(onlyChunk(sent).type, ChunkType.cookieChange, `bit ${bit}`);
  }
  assertEmpty(victim);
  assertOpens(victim, here, cookie, 7);
});

test("§3.5.1.1.2 a cookie is good for 95 s", () => {
  const victim = new Victim();
  const cookie = victim.cookieFor(here);
  victim.now = 95_001;
  assert.deepEqual(victim.key(here, { cookieEcho: cookie, initiatorSessionId: 7 }), []);
  assert.deepEqual(victim.key(elsewhere, { cookieEcho: cookie, initiatorSessionId: 7 }), []);
  assertEmpty(victim);
  victim.now = 95_000;
  assertOpens(victim, here, cookie, 7);
});

test("§3.5.1.2 with the cookie of another address there is a new cookie, and no session", () => {
  const victim = new Victim();
  const cookie = victim.cookieFor(here);
  const [sent, ...others] = victim.key(elsewhere, { cookieEcho: cookie, initiatorSessionId: 7 });
  assert.deepEqual(others, []);
  const answer = onlyChunk([sent]);
  assert.deepEqual([answer.type, answer.sessionId], [ChunkType.cookieChange, 7]);
  assert.deepEqual(answer.to, elsewhere);
  const { oldCookie, newCookie } = readCookieChange(answer.payload);
  assert.deepEqual(oldCookie, cookie);
  assert.notDeepEqual(newCookie, cookie);
  assertEmpty(victim);
  const back = onlyChunk(victim.key(here, { cookieEcho: newCookie, initiatorSessionId: 7 }));
  assert.equal(back.type, ChunkType.cookieChange, "the new cookie is for the new address alone");
  assertEmpty(victim);
  assertOpens(victim, elsewhere, newCookie, 7);
});

test("§3.5.1.1.2 after any number of hellos and bad keyings nothing is remembered", () => {
  const victim = new Victim();
  const cookie = victim.cookieFor(here);
  const forged = cookie.with(4, (cookie[4] ?? 0) ^ 1);
  let answers = 0;
  for (let index = 0; index < 10_000; index += 1) {
    const from = { ip: `10.${index >> 8}.${index & 255}.1`, port: 1_024 + index };
    const initiatorSessionId = 1 + index;
    if (victim.hello(from)) answers += 1;
    assert.equal(victim.key(from, { cookieEcho: forged, initiatorSessionId }).length, 0);
    if (index % 10 > 0) continue;
    const sent = victim.key(from, { cookieEcho: cookie, initiatorSessionId });
    assert.equal(onlyChunk(sent).type, ChunkType.cookieChange);
  }
  assert.equal(answers, 10_000);
  assert.deepEqual(
    victim.events.filter(({ type }) => type !== "asked"),
    [],
  );
  assertEmpty(victim);
});

test("§3.4 of a packet whose other fragments do not come nothing is left after a second", () => {
  const victim = new Victim();
  const fragment = { moreFragments: true, packetId: 1, fragmentNumber: 0, bytes: cutOff };
  victim.say(here, (writer) => writePacketFragment(writer, fragment));
  assert.equal(victim.endpoint.stats.remembered, 1);
  assert.equal(victim.endpoint.timeout, REASSEMBLY_PROGRESS_MS);
  victim.wait(REASSEMBLY_PROGRESS_MS);
  assertEmpty(victim);
});
