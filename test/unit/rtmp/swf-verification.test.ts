import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { readSwf } from "../../../protocol/node/swf-file.ts";
import { RtmpConnection } from "../../../protocol/rtmp/connection.ts";
import { serverHandshake } from "../../../protocol/rtmp/digest-handshake.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../../protocol/rtmp/handshake.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import { type SwfFacts, swfResponse } from "../../../protocol/rtmp/swf-verification.ts";
import { encodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import { encodeCommand, notice } from "../../../protocol/tc/command.ts";
import { drain } from "../../support/rtmp.ts";

const program = Buffer.from("FWS\u0009....a program of Flash");
const facts = readSwf(program);
const other = readSwf(Buffer.from("FWS\u0009....another program"));

/** What becomes of a client that says it is `mine` at a server that lets `programs` in. */
class Line {
  readonly client: RtmpConnection;
  readonly server: RtmpConnection;
  readonly heard: string[] = [];

  constructor(mine: SwfFacts | undefined, programs: readonly SwfFacts[] = [facts]) {
    const primitives = nodePrimitives;
    this.server = new RtmpConnection({
      handshake: serverHandshake(nodePrimitives),
      swf: { programs, primitives },
    });
    this.client = new RtmpConnection({
      handshake: PlainHandshake.client(new Uint8Array(HANDSHAKE_RANDOM_BYTES)),
      swf: mine && { programs: [mine], primitives },
    });
    this.carry();
  }

  say(name: string): void {
    this.client.send(encodeCommand(notice(name, []), 0));
    this.carry();
  }

  carry(): void {
    for (let isBusy = true; isBusy; ) {
      const [one, two] = [drain(this.client), drain(this.server)];
      isBusy = one.length + two.length > 0;
      for (const output of one) if (output.type === "write") this.server.receive(output.bytes);
      for (const output of two) {
        if (output.type === "write") this.client.receive(output.bytes);
        else if (output.type === "message") this.heard.push("message");
        else if (output.type === "closed") this.heard.push(`closed ${output.error?.code}`);
      }
    }
  }
}

test("the facts of a SWF, compressed or not", () => {
  const hash = createHmac("sha256", "Genuine Adobe Flash Player 001").update(program).digest();
  assert.deepEqual([facts.size, Buffer.from(facts.hash)], [program.length, hash]);
  const compressed = Buffer.concat([
    Buffer.from("CWS\u0009...."),
    deflateSync(program.subarray(8)),
  ]);
  assert.deepEqual(readSwf(compressed), facts);
  assert.throws(() => readSwf(Buffer.from("ZWS\u0009....")), { code: "PROTOCOL" });
  assert.throws(() => readSwf(compressed.subarray(0, 14)), { code: "PROTOCOL" });
});

test("the response as it is on the wire", () => {
  const key = new Uint8Array(32).fill(7);
  const mac = createHmac("sha256", key).update(facts.hash).digest("hex");
  const size = facts.size.toString(16).padStart(8, "0");
  const response = Buffer.from(swfResponse(facts, key, nodePrimitives)).toString("hex");
  assert.equal(response, `0101${size}${size}${mac}`);
});

test("a client that knows the program is served", () => {
  const line = new Line(facts, [other, facts]);
  line.say("connect");
  line.say("createStream");
  line.say("createStream");
  assert.deepEqual(line.heard, ["message", "message", "message"]);
});

test("one that knows another, or says nothing, is not", () => {
  const wrong = new Line(other);
  wrong.say("connect");
  assert.deepEqual(wrong.heard, ["message", "closed REJECTED"]);
  const silent = new Line(undefined);
  silent.say("connect");
  assert.deepEqual(silent.heard, ["message"]);
  silent.say("createStream");
  assert.deepEqual(silent.heard, ["message", "closed REJECTED"]);
});

test("an answer that nobody asked for is judged only once there was a question", () => {
  const line = new Line(facts);
  line.client.send(encodeUserControl({ event: "swfResponse", response: new Uint8Array(42) }));
  line.client.send(encodeUserControl({ event: "swfRequest" }));
  line.carry();
  assert.deepEqual(line.heard, []);
  line.client.send({
    type: MessageType.commandAmf0,
    streamId: 0,
    timestampMs: 0,
    payload: new Uint8Array(1),
  });
  line.carry();
  line.say("createStream");
  assert.deepEqual(line.heard, ["message", "message"]);
});
