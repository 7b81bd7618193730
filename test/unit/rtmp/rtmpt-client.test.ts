import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RtmfpError } from "../../../protocol/errors.ts";
import { RtmptClient, type RtmptClientRequest } from "../../../protocol/rtmp/rtmpt-client.ts";
import { TunnelStand } from "../../support/rtmpt-stand.ts";

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function must(request: RtmptClientRequest | undefined): RtmptClientRequest {
  assert.ok(request);
  return request;
}

/** One that has its tunnel. */
function opened(): RtmptClient {
  const client = new RtmptClient();
  client.respond(must(client.poll(0)), 200, ascii("abc\n"), 0);
  return client;
}

const EMPTY = Uint8Array.of(1);

test("open first, then numbers from 0", () => {
  const client = new RtmptClient();
  client.write(Uint8Array.of(3));
  const open = must(client.poll(0));
  assert.equal(open.path, "/open/1");
  assert.equal(open.body.length, 1);
  assert.equal(client.poll(1_000), undefined);
  client.respond(open, 200, ascii("abc \r\n"), 0);
  const send = must(client.poll(0));
  assert.deepEqual([send.path, ...send.body], ["/send/abc/0", 3]);
  client.respond(send, 200, EMPTY, 0);
  assert.equal(must(client.poll(0)).path, "/idle/abc/1");
});

test("names that would change a path are no names", () => {
  for (const name of ["", "\n", "a/b", "a b", "../x", "a?b", "x".repeat(64), "\u00e9"]) {
    const client = new RtmptClient();
    client.respond(must(client.poll(0)), 200, ascii(name), 0);
    assert.equal(client.error?.code, "PROTOCOL", name);
    assert.ok(client.isEnded);
  }
});

test("asks at once while there are bytes or the server holds, else every 50 ms", () => {
  const client = opened();
  client.respond(must(client.poll(0)), 200, Uint8Array.of(1, 7), 5);
  assert.deepEqual(client.read(), Uint8Array.of(7));
  assert.equal(client.timeout, 5);
  client.respond(must(client.poll(5)), 200, EMPTY, 6);
  assert.equal(client.timeout, 55);
  assert.equal(client.poll(54), undefined);
  const held = must(client.poll(55));
  assert.equal(client.timeout, Number.POSITIVE_INFINITY);
  client.respond(held, 200, EMPTY, 155);
  assert.equal(must(client.poll(155)).path, "/idle/abc/3");
});

test("what is written does not wait for a question, but for what was written before", () => {
  const client = opened();
  const idle = must(client.poll(0));
  client.write(Uint8Array.of(1));
  const first = must(client.poll(0));
  assert.equal(first.path, "/send/abc/1");
  client.write(Uint8Array.of(2));
  client.write(Uint8Array.of(3));
  assert.equal(client.poll(0), undefined);
  client.respond(first, 200, Uint8Array.of(1, 20), 0);
  assert.equal(client.read(), undefined, "the question was asked before");
  client.respond(idle, 200, Uint8Array.of(1, 10), 0);
  assert.deepEqual([client.read(), client.read()], [Uint8Array.of(10), Uint8Array.of(20)]);
  assert.deepEqual([...must(client.poll(0)).body], [2, 3]);
  assert.equal(client.queuedBytes, 0);
});

test("close sends what is left, then says so", () => {
  const client = opened();
  client.write(Uint8Array.of(1));
  client.close();
  client.write(Uint8Array.of(2));
  const send = must(client.poll(0));
  assert.equal(client.poll(0), undefined);
  client.respond(send, 200, EMPTY, 0);
  const close = must(client.poll(0));
  assert.equal(close.path, "/close/abc/1");
  client.respond(close, 200, new Uint8Array(1), 0);
  assert.ok(client.isEnded);
  assert.equal(client.error, undefined);
  const unused = new RtmptClient();
  unused.close();
  assert.ok(unused.isEnded);
});

test("404 in the middle is the server's end, everything else an error", () => {
  const client = opened();
  client.respond(must(client.poll(0)), 404, new Uint8Array(), 0);
  assert.ok(client.isEnded);
  assert.equal(client.error, undefined);
  for (const status of [302, 400, 500, 503]) {
    const refused = opened();
    refused.respond(must(refused.poll(0)), status, new Uint8Array(), 0);
    assert.equal(refused.error?.code, "PROTOCOL");
  }
  const never = new RtmptClient();
  never.respond(must(never.poll(0)), 404, new Uint8Array(), 0);
  assert.equal(never.error?.code, "PROTOCOL");
});

test("a request that failed ends it with the reason", () => {
  const client = opened();
  client.fail(new RtmfpError("UNREACHABLE", "gone"));
  client.fail(new RtmfpError("CLOSED", "later"));
  assert.equal(client.error?.code, "UNREACHABLE");
  assert.equal(client.poll(1_000), undefined);
});

test("both ends, through a network that mixes up two requests and two responses", () => {
  const steps = fc.array(
    fc.record({
      up: fc.uint8Array({ maxLength: 5 }),
      down: fc.uint8Array({ maxLength: 5 }),
      swapsRequests: fc.boolean(),
      swapsResponses: fc.boolean(),
      ms: fc.nat(60),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const stand = new TunnelStand();
      const client = new RtmptClient();
      const read: number[] = [];
      const under: { request: RtmptClientRequest; answers: ReturnType<TunnelStand["ask"]> }[] = [];
      const ask = (swaps: boolean): void => {
        const requests: RtmptClientRequest[] = [];
        for (let next = client.poll(stand.now); next; next = client.poll(stand.now)) {
          requests.push(next);
        }
        for (const request of swaps ? requests.reverse() : requests) {
          under.push({ request, answers: stand.ask(request.path, [...request.body]) });
        }
      };
      const answer = (swaps: boolean): void => {
        const done = under.filter(({ answers }) => answers.length > 0);
        for (const one of swaps ? done.reverse() : done) {
          under.splice(under.indexOf(one), 1);
          const [{ status, body } = { status: 0, body: EMPTY }] = one.answers;
          client.respond(one.request, status, body, stand.now);
        }
        for (let bytes = client.read(); bytes; bytes = client.read()) read.push(...bytes);
      };
      ask(false);
      answer(false);
      for (const { up, down, swapsRequests, swapsResponses, ms } of all) {
        if (up.length > 0) client.write(up);
        if (down.length > 0) stand.end.session.write(down);
        ask(swapsRequests);
        stand.pass(ms);
        answer(swapsResponses);
      }
      for (let round = 0; round < 40; round += 1) {
        ask(false);
        stand.pass(100);
        answer(false);
      }
      assert.equal(client.error, undefined);
      assert.deepEqual(
        stand.end.received,
        all.flatMap(({ up }) => [...up]),
      );
      assert.deepEqual(
        read,
        all.flatMap(({ down }) => [...down]),
      );
    }),
  );
});
