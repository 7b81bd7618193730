import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionKeys } from "../../protocol/crypto/crypto.ts";
import { unscrambleSessionId } from "../../protocol/crypto/session-id.ts";
import type { Path } from "../../protocol/session/events.ts";
import { unsealStartup } from "../../protocol/session/startup-packet.ts";
import { writePing } from "../../protocol/wire/chunks/ping.ts";
import { readRIKeying } from "../../protocol/wire/chunks/rikeying.ts";
import { PacketMode, writePacketHeader } from "../../protocol/wire/packet.ts";
import { stranger, Victim } from "../support/victim.ts";

const direct: Path = { link: 0, address: { ip: "192.0.2.1", port: 1935 } };
const relayed: Path = { link: 1, address: { ip: "fd00::1", port: 0 } };

/** The stranger opens a session; answers how to ping the victim in it. */
function opened(victim: Victim, sessionId: number): (from: Path) => void {
  const keying = stranger.initiate(stranger.readCertificate(victim.certificate));
  const sent = victim.key(direct.address, {
    cookieEcho: victim.cookieFor(direct.address),
    initiatorSessionId: sessionId,
    sessionKeyInitiatorComponent: keying.component,
  });
  const answer = sent.find(({ bytes }) => unscrambleSessionId(bytes) === sessionId);
  const [chunk] = answer ? unsealStartup(stranger, answer.bytes) : [];
  assert.ok(chunk);
  const { responderSessionId, sessionKeyResponderComponent } = readRIKeying(chunk.payload);
  const keys = keying.finish(sessionKeyResponderComponent);
  return (path) => {
    victim.endpoint.receive([{ bytes: ping(keys, responderSessionId), path }], victim.now);
    victim.poll();
  };
}

function ping({ cipher }: SessionKeys, sessionId: number): Uint8Array {
  const writer = cipher.begin(1_200);
  writePacketHeader(writer, {
    mode: PacketMode.initiator,
    timeCritical: false,
    timeCriticalReverse: false,
    timestampTicks: undefined,
    timestampEchoTicks: undefined,
  });
  writePing(writer, new Uint8Array(1));
  return cipher.seal(sessionId);
}

test("§3.5.1.1.2 a newer session whose proof comes from elsewhere is told of before its move", () => {
  const victim = new Victim();
  victim.endpoint.addLink(1, { reaches: () => false, rank: -2, isVouched: true }, 0);
  opened(victim, 1)(direct);
  victim.now = 1_000;
  const pingNewer = opened(victim, 2);
  victim.wait(5_000);
  victim.events.length = 0;
  pingNewer(relayed);
  assert.deepEqual(
    victim.events.map(({ type }) => type),
    ["session", "closed", "address"],
  );
});
