import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "../../../protocol/bytes/hex.ts";
import { encodeControl } from "../../../protocol/rtmp/control.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import { notice } from "../../../protocol/tc/command.ts";
import { media } from "../../support/media.ts";
import { lines } from "../../support/tc-lines.ts";
import { Stand } from "../../support/tc-stand.ts";

for (const [how, make] of lines) {
  test(`§7.2.1.1 connect, ${how}: the server sees who comes, the client that it is let in`, async () => {
    const chunks = encodeControl({ type: "setChunkSize", chunkBytes: 65_536 });
    const { server, replies } = new Stand(await make(), { greeting: [chunks] }).connect();
    const [request] = server.requests;
    assert.equal(request?.app, "live");
    assert.equal(request?.tcUrl, "rtmp://test/live");
    assert.equal(request?.properties.token, "t");
    assert.deepEqual(request?.args, ["x"]);
    const [reply] = replies;
    assert.ok(reply?.isResult);
    const info = { ...(reply.values[0] as object) };
    assert.deepEqual(info, {
      level: "status",
      code: "NetConnection.Connect.Success",
      description: "Connection succeeded.",
      objectEncoding: 0,
    });
  });

  test(`§7.2.1.1 connect, ${how}: a refusal is told, then the connection ends`, async () => {
    const { server, client, replies } = new Stand(await make()).connect("other");
    const [reply] = replies;
    assert.ok(reply && !reply.isResult);
    assert.equal(reply.status.code, "NetConnection.Connect.InvalidApp");
    assert.equal(reply.status.description, "no app other");
    assert.deepEqual([server.ends, replies.length], [1, 1]);
    assert.ok(client.ends <= 1);
  });

  test(`§7.2.2 publish and play, ${how}: media crosses as it is`, async () => {
    const stand = new Stand(await make()).connect();
    const { notes } = stand.playing("cam");
    assert.deepEqual(notes.codes, ["Play.Reset", "Play.Start"]);
    const { stream, notes: ofPublisher } = stand.publishing("cam");
    assert.deepEqual(ofPublisher.codes, ["Publish.Start"]);
    const picture = { ...media.keyframe(7), payload: new Uint8Array(100_000).fill(0x17) };
    picture.payload[1] = 1;
    for (const message of [media.videoHeader(), picture, media.audio(9), media.inter(47)]) {
      stream.send(message, {}, 0);
    }
    stand.line.carry();
    // Each kind in its order; audio may overtake a long picture.
    const crossed = (type: number) =>
      notes.media
        .filter((message) => message.type === type)
        .map(({ timestampMs, payload }) => [timestampMs, payload]);
    assert.deepEqual(crossed(MessageType.audio), [[9, media.audio(9).payload]]);
    assert.deepEqual(crossed(MessageType.video), [
      [0, media.videoHeader().payload],
      [7, picture.payload],
      [47, media.inter(47).payload],
    ]);
    stream.close(0);
    stand.line.carry();
    assert.deepEqual(notes.codes.slice(2), ["Play.PublishNotify", "Play.UnpublishNotify"]);
    assert.ok(!stand.server.streams.at("cam").isLive);
  });

  test(`§7.1 what cannot be read, ${how}, is counted and skipped, and the connection goes on`, async () => {
    const { server, caller, line } = new Stand(await make()).connect();
    const { commandAmf0, commandAmf3, userControl } = MessageType;
    const cases: readonly [type: number, hex: string][] = [
      [commandAmf0, ""],
      [commandAmf0, "00401c000000000000"], // no name
      [commandAmf3, "0002000466616374000000000000000000051107"], // its object ends early
      [commandAmf3, "000200016600000000000000000005110a070758595a"], // of a class that nobody knows
      [userControl, ""],
      [userControl, "000300000001"], // the length of a buffer
      [userControl, "0006dead"], // a ping
    ];
    for (const [type, hex] of cases) {
      caller.net.send({ type, streamId: 0, timestampMs: 0, payload: fromHex(hex) }, {}, 0);
    }
    caller.net.command(notice("known", []), 0, 0);
    line.carry();
    assert.deepEqual([server.malformed, server.ends], [cases.length, 0]);
    assert.deepEqual(server.calls, ["known"]);
  });

  test(`the end of the connection, ${how}, ends streams at both ends`, async () => {
    const stand = new Stand(await make()).connect();
    const { notes } = stand.playing("other");
    stand.publishing("cam");
    stand.caller.net.close(0);
    stand.line.carry();
    assert.equal(notes.ends, 1);
    assert.deepEqual([stand.client.ends, stand.server.ends], [1, 1]);
    assert.ok(stand.server.streams.at("cam").isIdle);
    assert.ok(stand.server.streams.at("other").isIdle);
  });
}
