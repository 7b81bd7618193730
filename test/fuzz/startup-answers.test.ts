import assert from "node:assert/strict";
import { test } from "node:test";
import type { Writer } from "../../protocol/bytes/writer.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { unsealStartup } from "../../protocol/session/startup-packet.ts";
import { type Chunk, ChunkType } from "../../protocol/wire/chunk.ts";
import { writeCookieChange } from "../../protocol/wire/chunks/cookie-change.ts";
import { readIHello } from "../../protocol/wire/chunks/ihello.ts";
import { readIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { writeRedirect } from "../../protocol/wire/chunks/redirect.ts";
import { writeRHello } from "../../protocol/wire/chunks/rhello.ts";
import { writeRIKeying } from "../../protocol/wire/chunks/rikeying.ts";
import { Lab, type Prng } from "../lab/index.ts";
import { fuzz } from "../support/fuzzing.ts";
import { sealFragments, sealStartup } from "../support/seal-startup.ts";
import { pooledIdentity, Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(1));

/** What somebody might answer to this chunk, of any length; undefined: nothing. */
function answerTo({ type, payload }: Chunk, random: Prng): Answer | undefined {
  const anyLength = (): Uint8Array => random.bytes(random.below(random.chance(0.5) ? 100 : 8_192));
  if (type === ChunkType.ihello) {
    const tagEcho = readIHello(payload).tag;
    const responderCertificate = random.chance(0.9) ? crypto.certificate.bytes : anyLength();
    const hello = { tagEcho, cookie: anyLength(), responderCertificate };
    if (random.chance(0.9)) return { write: (writer) => writeRHello(writer, hello), sessionId: 0 };
    return {
      write: (writer) => writeRedirect(writer, { tagEcho, destinations: [] }),
      sessionId: 0,
    };
  }
  if (type !== ChunkType.iikeying) return undefined;
  const { initiatorSessionId: sessionId, cookieEcho: oldCookie } = readIIKeying(payload);
  const change = { oldCookie, newCookie: anyLength() };
  if (random.chance(0.7))
    return { write: (writer) => writeCookieChange(writer, change), sessionId };
  const keying = {
    responderSessionId: random.below(9),
    sessionKeyResponderComponent: anyLength(),
  };
  const signature = anyLength();
  return { write: (writer) => writeRIKeying(writer, keying, () => signature), sessionId };
}

interface Answer {
  readonly write: (writer: Writer) => void;
  readonly sessionId: number;
}

/** Dials somebody who answers like that, for as long as it asks. */
async function round(seed: number): Promise<void> {
  const lab = new Lab({ seed, conditions: { mtuBytes: 65_535 } });
  const { random } = lab;
  const one = await new Station(lab.host("10.0.0.1").io, 0).listen("10.0.0.1", 1935);
  const host = lab.host("10.0.0.66");
  const far = { ip: host.ip, port: 1935 };
  let answers = 0;
  const link = await host.io.bind(far, (bytes) => {
    for (const chunk of chunksOf(bytes)) {
      const answer = answerTo(chunk, random);
      if (!answer || answers > 300) continue;
      answers += 1;
      const { write, sessionId } = answer;
      const datagrams = random.chance(0.5)
        ? [sealStartup(crypto, sessionId, lab.now, write)]
        : sealFragments(crypto, sessionId, lab.now, answers, write);
      for (const datagram of datagrams) link.send(datagram, one.address);
    }
  });
  const asked = new Station(host.io, 1);
  for (let dials = 0; dials < 10; dials += 1) one.dial(asked, [far]);
  // An RIKeying with no more than a nonce may make a session: then nobody answers in it.
  await lab.advance(200_000);
  assert.ok(answers > 10);
  assert.equal(one.eventsOf("open-failed").length + one.eventsOf("session").length, 10);
  assert.equal(one.driver.endpoint.stats.sessions, 0);
  await link.close();
  await closeStations(lab, one);
}

function chunksOf(datagram: Uint8Array): Chunk[] {
  try {
    return unsealStartup(crypto, datagram);
  } catch (error) {
    if (error instanceof RtmfpError) return [];
    throw error;
  }
}

test("§3.5.1.1.1 whatever an initiator is answered, it asks on or gives up", async (context) => {
  context.diagnostic(await fuzz(round));
});
