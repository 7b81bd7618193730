import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayClient } from "../../../peer/gateway/gateway-client.ts";
import type { GatewayStreams } from "../../../peer/gateway/gateway-streams.ts";
import { Publications } from "../../../peer/gateway/publications.ts";
import { createAmfObject } from "../../../protocol/amf/value.ts";
import type { Playable, Publisher } from "../../../protocol/tc/live-stream.ts";
import type { FailPublish } from "../../../protocol/tc/server-application.ts";
import { ServerConnection } from "../../../protocol/tc/server-connection.ts";
import { failure, type Status } from "../../../protocol/tc/status.ts";
import { LiveStreams } from "../../support/live-streams.ts";
import { media, Notes } from "../../support/media.ts";
import { MemoryTransport } from "../../support/transports.ts";

/** Writes down what is asked for. */
class Asked extends LiveStreams {
  readonly lines: string[] = [];

  override publishLocal(name: string, now: number): Publisher | Status {
    this.lines.push(`publish ${name}`);
    return super.publishLocal(name, now);
  }

  override play(source: string, name: string): Playable | Status {
    this.lines.push(`play ${source} ${name}`);
    return super.play(source, name);
  }
}

function connect(app: string, streams: GatewayStreams, publications = new Publications()): Guest {
  const guest = new Guest(streams, publications);
  const refusal = guest.client.onConnect({
    app,
    tcUrl: "",
    properties: createAmfObject(),
    args: [],
  });
  assert.equal(refusal, undefined);
  return guest;
}

class Guest {
  readonly client: GatewayClient;
  readonly transport = new MemoryTransport();
  readonly #connection: ServerConnection;

  constructor(streams: GatewayStreams, publications: Publications) {
    const disconnect = (now: number): void => this.#connection.net.close(now);
    this.client = new GatewayClient(streams, publications, disconnect);
    this.#connection = new ServerConnection(this.transport, this.client);
  }

  publish(name: string, now: number): Publisher {
    const answer = this.client.onPublish(name, now, neverFails);
    assert.ok(!("code" in answer));
    return answer;
  }
}

function neverFails(): never {
  assert.fail("it failed later");
}

function codeOf(answer: object): string {
  return "code" in answer ? String(answer.code) : "none";
}

function descriptionOf(answer: object): string {
  return "description" in answer ? String(answer.description) : "none";
}

test("an app that does not exist is refused, and told what does", () => {
  const { client } = new Guest(new LiveStreams(), new Publications());
  const app = `nowhere${"x".repeat(10_000)}`;
  const refusal = client.onConnect({ app, tcUrl: "", properties: createAmfObject(), args: [] });
  assert.equal(refusal?.code, "NetConnection.Connect.InvalidApp");
  assert.match(refusal?.description ?? "", /"nowherex+" here, but local, pair, server/);
  assert.ok((refusal?.description.length ?? 0) < 400);
});

test("what is played is asked for by source and name", () => {
  const streams = new Asked();
  const peerId = "ab".repeat(32);
  for (const app of ["local", "pair/room", "server?x=1", peerId.toUpperCase()]) {
    connect(app, streams).client.onPlay("cam?token=1", 0);
  }
  assert.deepEqual(streams.lines, [
    "play local cam",
    "play pair room/cam",
    "play server cam",
    `play ${peerId} cam`,
  ]);
});

test("only local streams are published here, and the server's where that is possible", () => {
  const streams = new Asked();
  assert.equal(codeOf(connect("local", streams).client.onPublish("cam", 0, neverFails)), "none");
  for (const [app, reason] of [
    ["pair", /what comes from pair can only be played: publish to local/],
    ["ab".repeat(32), /can only be played/],
    ["server", /publishes nothing on a server/],
  ] as const) {
    const answer = connect(app, streams).client.onPublish("cam", 0, neverFails);
    assert.equal(codeOf(answer), "NetStream.Publish.BadName");
    assert.match(descriptionOf(answer), reason);
  }
  assert.deepEqual(streams.lines, ["publish cam"]);
  const withServer: GatewayStreams = {
    publishLocal: () => assert.fail(),
    publishServer: (name) => failure("NetStream.Publish.BadName", `server has ${name}`),
    play: () => assert.fail(),
  };
  const answer = connect("server", withServer).client.onPublish("cam", 0, neverFails);
  assert.equal(descriptionOf(answer), "server has cam");
});

test("what the server ends later: the client is told why, and hung up on", () => {
  let endIt: FailPublish = neverFails;
  const streams: GatewayStreams = {
    publishLocal: () => assert.fail(),
    publishServer: (_name, _now, fail) => {
      endIt = fail;
      return new LiveStreams().publishLocal("cam", 0);
    },
    play: () => assert.fail(),
  };
  const guest = connect("server", streams);
  const told: unknown[] = [];
  guest.client.onPublish("cam", 0, ({ code }, now) => {
    told.push(code, now, guest.transport.isClosed);
  });
  endIt(failure("NetStream.Publish.BadName", "taken"), 7);
  assert.deepEqual(told, ["NetStream.Publish.BadName", 7, false]);
  assert.ok(guest.transport.isClosed);
});

test("a stream has a name of 1 to 256 characters", () => {
  const streams = new Asked();
  const { client } = connect("local", streams);
  for (const name of ["", "/", "?x", "x".repeat(257)]) {
    assert.equal(codeOf(client.onPublish(name, 0, neverFails)), "NetStream.Publish.BadName");
    assert.equal(codeOf(client.onPlay(name, 0)), "NetStream.Play.Failed");
  }
  client.onPlay("x".repeat(256), 0);
  assert.equal(streams.lines.length, 1);
});

test("an encoder that comes back takes over from its silent self, and not before", () => {
  const streams = new LiveStreams();
  const publications = new Publications();
  const old = connect("local", streams, publications);
  const back = connect("local", streams, publications);
  const first = old.publish("cam", 0);
  first.write(media.keyframe(0), 1_000);
  assert.equal(
    codeOf(back.client.onPublish("cam", 5_999, neverFails)),
    "NetStream.Publish.BadName",
  );
  assert.ok(!old.transport.isClosed);
  // As if the stream of the old connection were stopped by its end.
  old.transport.close = () => {
    old.transport.isClosed = true;
    first.end(6_000);
  };
  const notes = new Notes();
  streams.at("cam").play(notes, 0);
  const second = back.publish("cam", 6_000);
  assert.ok(old.transport.isClosed);
  first.write(media.keyframe(40), 6_001);
  second.write(media.keyframe(80), 6_002);
  first.end(6_003);
  assert.ok(streams.at("cam").isLive);
  const expected = ["publish", "+keyframe 0", "unpublish", "publish", "keyframe 80"];
  assert.deepEqual(notes.take(), expected);
  // The second one counts from its own last message.
  const third = connect("local", streams, publications);
  assert.equal(
    codeOf(third.client.onPublish("cam", 11_001, neverFails)),
    "NetStream.Publish.BadName",
  );
});

test("a name is free again when its publisher ends, and others never were taken", () => {
  const streams = new LiveStreams();
  const publications = new Publications();
  const one = connect("local", streams, publications);
  const other = connect("local/room", streams, publications);
  const publisher = one.publish("cam", 0);
  other.publish("cam", 0);
  publisher.end(1);
  one.publish("cam", 2);
  assert.ok(!one.transport.isClosed && !other.transport.isClosed);
});

test("a gap and a deadline go on to where the stream goes", () => {
  const calls: unknown[] = [];
  const streams: GatewayStreams = {
    publishLocal: () => ({
      write: (_message, now, deadlineMs) => {
        calls.push(["write", now, deadlineMs]);
        return [];
      },
      noteGap: () => calls.push("gap"),
      end: (now) => calls.push(["end", now]),
    }),
    play: () => assert.fail(),
  };
  const publisher = connect("local", streams).publish("cam", 0);
  publisher.noteGap();
  publisher.write(media.audio(0), 5, 100);
  publisher.end(6);
  assert.deepEqual(calls, ["gap", ["write", 5, 100], ["end", 6]]);
});

test("a gateway knows no procedures", () => {
  assert.equal(connect("local", new LiveStreams()).client.onCall(), false);
});
