import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { InitiatorKeying } from "../../protocol/crypto/crypto.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { ChunkType } from "../../protocol/wire/chunk.ts";
import { writeCookieChange } from "../../protocol/wire/chunks/cookie-change.ts";
import { readIHello, writeIHello } from "../../protocol/wire/chunks/ihello.ts";
import { type IIKeying, readIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { readRHello, writeRHello } from "../../protocol/wire/chunks/rhello.ts";
import { type RIKeying, readRIKeying, writeRIKeying } from "../../protocol/wire/chunks/rikeying.ts";
import { pooledIdentity } from "../support/station.ts";
import { assertEmpty, onlyChunk, stranger, Victim } from "../support/victim.ts";

const here = { ip: "192.0.2.1", port: 1935 };

describe("§3.5.1.1.1 as initiator", () => {
  const cookie = new Uint8Array(64).fill(0xaa);
  const newCookie = new Uint8Array(64).fill(0xbb);

  /** It asks for the stranger, who has said hello; answers its IIKeying. */
  function dialed(victim: Victim): IIKeying {
    const { tag: tagEcho } = readIHello(onlyChunk(victim.dial(here).sent).payload);
    const hello = { tagEcho, cookie, responderCertificate: stranger.certificate.bytes };
    return keyingIn(victim.say(here, (writer) => writeRHello(writer, hello)));
  }

  function keyingIn(sent: Parameters<typeof onlyChunk>[0]): IIKeying {
    const { type, sessionId, payload } = onlyChunk(sent);
    assert.deepEqual([type, sessionId], [ChunkType.iikeying, 0]);
    return readIIKeying(payload);
  }

  function answerTo(victim: Victim, keying: IIKeying, responderSessionId: number): RIKeying {
    const far = stranger.readCertificate(victim.certificate);
    const { component } = stranger.respond(far, keying.sessionKeyInitiatorComponent);
    const signature = Uint8Array.of(0x58);
    return { responderSessionId, sessionKeyResponderComponent: component, signature };
  }

  test("an RIKeying with session ID 0 is malformed, and the next one opens the session", () => {
    const victim = new Victim();
    const keying = dialed(victim);
    const answer = (id: number): void => {
      const answered = answerTo(victim, keying, id);
      victim.say(
        here,
        (writer) => writeRIKeying(writer, answered, () => answered.signature),
        keying.initiatorSessionId,
      );
    };
    answer(0);
    assert.deepEqual(victim.events, []);
    assert.deepEqual([victim.endpoint.stats.sessions, victim.endpoint.stats.malformed], [0, 1]);
    answer(9);
    assert.equal(victim.session.terms.farSessionId, 9);
    assert.equal(victim.endpoint.stats.malformed, 1);
  });

  test("§3.2 an endpoint discriminator that is none is refused before anybody is asked", () => {
    const victim = new Victim();
    const open = (): unknown => victim.endpoint.open(Uint8Array.of(9, 0), [here], 0);
    assert.throws(open, { code: "MALFORMED" });
    assert.deepEqual(victim.poll(), []);
    assertEmpty(victim);
  });

  test("§3.5.1.2 a Cookie Change counts only if it names our cookie", () => {
    const victim = new Victim();
    const { initiatorSessionId, cookieEcho } = dialed(victim);
    assert.deepEqual(cookieEcho, cookie);
    const change = (oldCookie: Uint8Array) =>
      victim.say(
        here,
        (writer) => writeCookieChange(writer, { oldCookie, newCookie }),
        initiatorSessionId,
      );
    for (const wrong of [cookie.with(63, 0xab), cookie.subarray(1), new Uint8Array(0), newCookie]) {
      assert.deepEqual(change(wrong), []);
    }
    // What is repeated comes in Packet Fragments as well, behind the whole.
    const repeated = keyingIn(victim.wait(1_000).slice(0, 1));
    assert.deepEqual(repeated.cookieEcho, cookie, "it still echoes the cookie of the RHello");
    const changed = keyingIn(change(cookie).slice(0, 1));
    assert.deepEqual(changed.cookieEcho, newCookie);
    assert.equal(changed.initiatorSessionId, initiatorSessionId);
    assert.deepEqual(change(cookie), [], "that cookie is not ours any more");
    assert.deepEqual(change(newCookie), [], "a cookie changes once");
  });

  test("§3.5.1.2 a cookie that changes into itself brings out no more than one keying", () => {
    const victim = new Victim();
    const { initiatorSessionId } = dialed(victim);
    const same = { oldCookie: cookie, newCookie: cookie };
    let sent = 0;
    for (let times = 0; times < 20; times += 1) {
      const write: Parameters<Victim["say"]>[1] = (writer) => writeCookieChange(writer, same);
      sent += victim.say(here, write, initiatorSessionId).length;
    }
    assert.equal(sent, 1);
  });
});

describe("§3.5.1.1.2 as responder", () => {
  /** Another of the stranger's own, and somebody else's. */
  const another: InitiatorKeying = stranger.initiate(stranger.certificate);
  const somebody = createFlashCrypto(nodePrimitives, pooledIdentity(6));

  test("an IIKeying with session ID 0 is not answered", () => {
    const victim = new Victim();
    const cookieEcho = victim.cookieFor(here);
    assert.deepEqual(victim.key(here, { cookieEcho, initiatorSessionId: 0 }), []);
    const { sessions, remembered } = victim.endpoint.stats;
    assert.deepEqual([sessions, remembered], [0, 0]);
    const elsewhere = { ...here, port: 1936 };
    assert.deepEqual(victim.key(elsewhere, { cookieEcho, initiatorSessionId: 0 }), []);
    assert.equal(victim.endpoint.stats.malformed, 2);
    assert.ok(victim.open(here, cookieEcho, 1));
  });

  test("of several IHellos in one packet the first is answered", () => {
    const victim = new Victim();
    const hello = { endpointDiscriminator: victim.discriminator, tag: new Uint8Array(16).fill(1) };
    const sent = victim.say(here, (writer) => {
      writeIHello(writer, hello);
      writeIHello(writer, { ...hello, tag: new Uint8Array(16).fill(2) });
    });
    const { type, payload } = onlyChunk(sent);
    assert.equal(type, ChunkType.rhello);
    assert.deepEqual(readRHello(payload).tagEcho, hello.tag);
  });

  const changes = {
    "the same IIKeying again": { change: {}, isRepetition: true },
    "another component": {
      change: { sessionKeyInitiatorComponent: another.component },
      isRepetition: false,
    },
    "another certificate": {
      change: { initiatorCertificate: somebody.certificate.bytes },
      isRepetition: false,
    },
    "another session ID": { change: { initiatorSessionId: 8 }, isRepetition: false },
    "another address": { from: { ...here, port: 1936 }, change: {}, isRepetition: false },
  };
  for (const [what, { isRepetition, change, ...where }] of Object.entries(changes)) {
    test(`${what} is ${isRepetition ? "a repetition" : "a session of its own"}`, () => {
      const victim = new Victim();
      const from = "from" in where ? where.from : here;
      const first = { cookieEcho: victim.cookieFor(here), initiatorSessionId: 7 };
      const second = { ...first, cookieEcho: victim.cookieFor(from), ...change };
      const { payload: before } = onlyChunk(victim.key(here, first));
      const { payload: after } = onlyChunk(victim.key(from, second));
      const [one, other] = [readRIKeying(before), readRIKeying(after)];
      assert.equal(victim.endpoint.stats.sessions, isRepetition ? 1 : 2);
      const isSame = one.responderSessionId === other.responderSessionId;
      assert.equal(isSame, isRepetition);
      if (isRepetition) assert.deepEqual(other, one);
      else
        assert.notDeepEqual(other.sessionKeyResponderComponent, one.sessionKeyResponderComponent);
      const { payload: again } = onlyChunk(victim.key(from, second));
      assert.deepEqual(readRIKeying(again), other, "it has its own repetitions");
    });
  }
});
