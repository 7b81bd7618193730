import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { isAmfObject } from "../../../protocol/amf/value.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import {
  CapsEx,
  FourCcUse,
  forwarding,
  isEnhanced,
  readCapabilities,
} from "../../../protocol/tc/capabilities.ts";
import { ClientConnection } from "../../../protocol/tc/client-connection.ts";
import { decodeCommand } from "../../../protocol/tc/command.ts";
import { Client, memoryLine, Stand } from "../../support/tc-stand.ts";

const { canDecode, canForward } = FourCcUse;

test("E-RTMP v1: fourCcList names what can be done in all ways; * stands for all others", () => {
  const { video, audio, capsEx } = readCapabilities({ fourCcList: ["av01", "hvc1", "*"] });
  assert.deepEqual(
    [...video],
    [
      ["av01", 7],
      ["hvc1", 7],
      ["*", 7],
    ],
  );
  assert.deepEqual([...audio], [...video]);
  assert.equal(capsEx, 0);
});

test("E-RTMP v2: the maps say how, and overrule the list", () => {
  const { video, audio, capsEx } = readCapabilities({
    fourCcList: ["hvc1"],
    videoFourCcInfoMap: { hvc1: canDecode, "*": canForward },
    audioFourCcInfoMap: { Opus: canDecode | canForward },
    capsEx: 13,
  });
  assert.deepEqual(
    [...video],
    [
      ["hvc1", 1],
      ["*", 4],
    ],
  );
  assert.deepEqual(
    [...audio],
    [
      ["hvc1", 7],
      ["Opus", 5],
    ],
  );
  assert.equal(capsEx, CapsEx.reconnect | CapsEx.modEx | CapsEx.timestampNanoOffset);
});

test("what makes no sense is left out, what is too much as well", () => {
  const names = Array.from({ length: 100 }, (_, index) => `x${100 + index}`);
  assert.equal(readCapabilities({ fourCcList: names }).video.size, 64);
  const odd = readCapabilities({
    fourCcList: [1, "toolong", null],
    videoFourCcInfoMap: { av01: "yes", hvc1: -1, vp09: 0.5, vp08: 4 },
    audioFourCcInfoMap: "Opus",
    capsEx: Number.NaN,
  });
  assert.deepEqual([...odd.video], [["vp08", 4]]);
  assert.equal(odd.audio.size, 0);
  assert.equal(odd.capsEx, 0);
  assert.ok(!isEnhanced(readCapabilities({})));
});

test("any object can be asked", () => {
  fc.assert(
    fc.property(fc.object({ key: fc.constantFrom("fourCcList", "capsEx", "av01") }), (object) => {
      readCapabilities(object as Record<string, string>);
    }),
  );
});

/** A client and a server; `more` is what the client says of itself. */
function answered(more: Record<string, string | number | string[]>): Stand {
  const stand = new Stand();
  const properties = { fourCcList: [], videoFourCcInfoMap: {}, audioFourCcInfoMap: {}, capsEx: 0 };
  const options = { app: "live", tcUrl: "", properties: { ...properties, ...more } };
  stand.caller.connect(options, (reply) => stand.replies.push(reply), 0);
  stand.line.carry();
  return stand;
}

test("both ends say what they can do; a client that says nothing is told nothing", () => {
  const stand = new Stand().connect();
  const { video } = stand.connection.clientCapabilities;
  assert.equal(video.get("*"), canForward);
  assert.equal(video.get("av01"), 7);
  assert.equal(stand.caller.serverCapabilities.audio.get("Opus"), 7);
  assert.equal(stand.caller.serverCapabilities.capsEx, 15);
  const plain = answered({});
  assert.equal(plain.caller.serverCapabilities.capsEx, 0);
  const reply = plain.replies[0];
  assert.ok(reply?.isResult && isAmfObject(reply.object));
  assert.deepEqual(Object.keys(reply.object), ["fmsVer", "capabilities", "mode"]);
  assert.equal(answered({ fourCcList: ["hvc1"] }).caller.serverCapabilities.capsEx, 15);
});

test("our client says that it follows a request to connect anew only if it does", () => {
  const { reconnect } = CapsEx;
  assert.equal(Number(forwarding(true).capsEx) & reconnect, reconnect);
  const stand = new Stand().connect();
  assert.equal(stand.connection.clientCapabilities.capsEx, 14);
  assert.equal(stand.connection.mayReconnect, false);
  stand.connection.requestReconnect("rtmp://other/live", 0);
  stand.line.carry();
  assert.deepEqual(stand.client.calls, []);
});

/** The status that asks for a new connection, written by hand. */
function request(info: Record<string, string>): Message {
  const code = "NetConnection.Connect.ReconnectRequest";
  const payload = encodeAmf0("onStatus", 0, null, { level: "status", code, ...info });
  return { type: MessageType.commandAmf0, streamId: 0, timestampMs: 0, payload };
}

test("E-RTMP v2: a request to connect anew is told, with its URL if there is one", () => {
  const asked: (string | undefined)[] = [];
  class Follower extends Client {
    onReconnectRequest(tcUrl: string | undefined): void {
      asked.push(tcUrl);
    }
  }
  const line = memoryLine();
  const follower = new Follower();
  const caller = new ClientConnection(line.one.transport, follower);
  caller.net.onMessage(request({ tcUrl: "rtmp://other/live" }), false, 0);
  caller.net.onMessage(request({}), false, 0);
  assert.deepEqual(asked, ["rtmp://other/live", undefined]);
  assert.deepEqual(follower.calls, []);
});

test("a server asks those that said so, and serves them on", () => {
  const stand = answered({ capsEx: CapsEx.reconnect });
  assert.equal(stand.connection.mayReconnect, true);
  const sent: Message[] = [];
  stand.line.one.handler = {
    onMessage: (message) => void sent.push(message),
    onEnd: () => undefined,
  };
  stand.connection.requestReconnect(undefined, 0);
  stand.connection.requestReconnect("/elsewhere", 0);
  stand.line.carry();
  const infos = sent.map((message) => decodeCommand(message)?.args[0]);
  const code = "NetConnection.Connect.ReconnectRequest";
  const description = "The server is going away: connect again.";
  const plain = { level: "status", code, description };
  assert.deepEqual(JSON.parse(JSON.stringify(infos)), [plain, { ...plain, tcUrl: "/elsewhere" }]);
  assert.equal(stand.connection.net.isEnded, false);
});
