import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RtmptResponse } from "../../../protocol/rtmp/rtmpt-session.ts";
import { TunnelStand } from "../../support/rtmpt-stand.ts";

/** Status and body, as short as can be compared. */
function short(answers: readonly RtmptResponse[]): (readonly number[])[] {
  return answers.map(({ status, body }) => [status, ...body]);
}

const EMPTY: readonly number[] = [200, 1];

test("open: the answer is a name and a newline, each time another one", () => {
  const stand = new TunnelStand();
  const [answer] = stand.ask("/open/1");
  assert.equal(answer?.status, 200);
  assert.match(String.fromCharCode(...(answer?.body ?? [])), /^[0-9a-f]{32}\n$/);
  assert.notEqual(stand.open(), stand.open());
  assert.equal(stand.server.size, 3);
});

test("more tunnels than allowed are refused, until one ends", () => {
  const stand = new TunnelStand(2);
  const name = stand.open();
  stand.open();
  assert.deepEqual(short(stand.ask("/open/1")), [[503]]);
  stand.ask(`/close/${name}/0`);
  assert.equal(stand.ask("/open/1")[0]?.status, 200);
});

test("send: the bytes arrive, and the answer waits a little for what comes back", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  const first = stand.ask(`/send/${name}/0`, [1, 2, 3]);
  assert.deepEqual(stand.end.received, [1, 2, 3]);
  assert.deepEqual(first, []);
  stand.end.session.write(Uint8Array.of(9, 8));
  assert.deepEqual(short(first), [[200, 1, 9, 8]]);
  assert.equal(stand.end.drains, 1);
  const second = stand.ask(`/send/${name}/1`, [4]);
  stand.pass(5);
  assert.deepEqual(short(second), [EMPTY]);
});

test("idle: what waits is answered at once, nothing after a while, bytes as they come", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  stand.end.session.write(Uint8Array.of(7));
  assert.deepEqual(short(stand.ask(`/idle/${name}/0`)), [[200, 1, 7]]);
  const held = stand.ask(`/idle/${name}/1`);
  stand.pass(99);
  assert.deepEqual(held, [], "an idle client must not spin");
  stand.pass(1);
  assert.deepEqual(short(held), [EMPTY]);
  const early = stand.ask(`/idle/${name}/2`);
  stand.pass(50);
  stand.end.session.write(Uint8Array.of(8));
  assert.deepEqual(short(early), [[200, 1, 8]]);
  assert.deepEqual(stand.end.received, [], "the body of idle is nothing");
});

test("a request that comes while another one waits has that one answered", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  const idle = stand.ask(`/idle/${name}/0`);
  const send = stand.ask(`/send/${name}/1`, [5]);
  assert.deepEqual(short(idle), [EMPTY]);
  assert.deepEqual(send, []);
});

test("a response has a limit; the rest comes with the next", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index);
  stand.end.session.write(bytes);
  const bodies = [0, 1, 2].map((sequence) => stand.ask(`/idle/${name}/${sequence}`)[0]?.body);
  assert.deepEqual(
    bodies.map((body) => body?.length),
    [131_073, 131_073, 300_000 - 2 * 131_072 + 1],
  );
  const whole = Buffer.concat(bodies.map((body) => (body ?? new Uint8Array()).subarray(1)));
  assert.ok(whole.equals(bytes));
  assert.equal(stand.end.drains, 1);
});

test("what comes too early waits for its turn", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  stand.ask(`/send/${name}/0`, [1]);
  const third = stand.ask(`/send/${name}/2`, [3]);
  assert.deepEqual(stand.end.received, [1]);
  stand.ask(`/send/${name}/1`, [2]);
  assert.deepEqual(stand.end.received, [1, 2, 3]);
  stand.pass(5);
  assert.deepEqual(short(third), [EMPTY]);
  stand.pass(6_000);
  assert.equal(stand.end.ends, 0, "nothing is missing any more");
});

test("what comes again gets what it got, and does not count again", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  stand.end.session.write(Uint8Array.of(7));
  const path = `/send/${name}/0`;
  assert.deepEqual(short(stand.ask(path, [1])), [[200, 1, 7]]);
  assert.deepEqual(short(stand.ask(path, [1])), [[200, 1, 7]]);
  assert.deepEqual(stand.end.received, [1]);
  const held = stand.ask(`/idle/${name}/1`);
  const again = stand.ask(`/idle/${name}/1`);
  assert.deepEqual(short(held), [EMPTY], "nobody listens there any more");
  stand.end.session.write(Uint8Array.of(8));
  assert.deepEqual(short(again), [[200, 1, 8]]);
  assert.deepEqual(short(stand.ask(path, [1])), [EMPTY], "too long ago");
});

test("numbers may start with 1; another start waits for 0", () => {
  const stand = new TunnelStand();
  const one = stand.open();
  stand.ask(`/send/${one}/1`, [1]);
  assert.deepEqual(stand.end.received, [1]);
  const far = stand.open();
  stand.ask(`/send/${far}/2`, [1]);
  assert.deepEqual(stand.ends[1]?.received, []);
});

test("a gap that nobody fills, and too much after it, end the tunnel", () => {
  for (const overflow of [false, true]) {
    const stand = new TunnelStand();
    const name = stand.open();
    stand.ask(`/send/${name}/0`, [1]);
    const early = stand.ask(`/send/${name}/2`, [3]);
    if (overflow) {
      for (let sequence = 3; sequence < 10; sequence += 1) stand.ask(`/send/${name}/${sequence}`);
      assert.deepEqual(short(stand.ask(`/send/${name}/10`)), [[400]]);
    } else stand.pass(5_000);
    assert.equal(stand.end.ends, 1);
    assert.deepEqual(short(early), [[404]]);
    assert.equal(stand.server.size, 0);
    assert.equal(stand.server.timeout, Number.POSITIVE_INFINITY);
  }
});

test("what comes too early may have 256 KiB together, in each gap anew", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  const quarter: number[] = new Array(65_536).fill(7);
  const askEarly = (from: number): void => {
    for (const more of [4, 3, 2, 1]) stand.ask(`/send/${name}/${from + more}`, quarter);
  };
  for (const from of [0, 5, 10]) {
    askEarly(from);
    stand.ask(`/send/${name}/${from}`, [1]);
  }
  assert.equal(stand.end.ends, 0);
  askEarly(15);
  assert.deepEqual(short(stand.ask(`/send/${name}/20`, [1])), [[400]]);
  assert.equal(stand.end.ends, 1);
  assert.equal(stand.server.size, 0);
});

test("a client that asks no more is gone after 30 s", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  stand.pass(29_999);
  stand.ask(`/idle/${name}/0`);
  stand.pass(29_999);
  assert.equal(stand.end.ends, 0);
  stand.pass(1);
  assert.equal(stand.end.ends, 1);
  assert.deepEqual(short(stand.ask(`/idle/${name}/1`)), [[404]]);
});

test("a client whose connection is gone has less time to come back over another one", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  stand.server.hungUp("another", stand.now);
  stand.pass(3_000);
  assert.equal(stand.end.ends, 0);
  stand.server.hungUp("test", stand.now);
  stand.pass(2_999);
  stand.ask(`/idle/${name}/0`);
  stand.pass(2_999);
  assert.equal(stand.end.ends, 0, "it came back");
  stand.server.hungUp("test", stand.now);
  stand.pass(3_000);
  assert.equal(stand.end.ends, 1);
});

test("close ends the tunnel, and who waits in it hears so", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  const held = stand.ask(`/idle/${name}/0`);
  assert.deepEqual(short(stand.ask(`/close/${name}/1`)), [[200, 0]]);
  assert.deepEqual(short(held), [[404]]);
  assert.equal(stand.end.ends, 1);
  assert.deepEqual(short(stand.ask(`/close/${name}/1`)), [[404]]);
});

test("a server that ends a tunnel says its last words first", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  stand.end.session.write(Uint8Array.of(7));
  stand.end.session.end();
  assert.equal(stand.end.ends, 0);
  assert.deepEqual(short(stand.ask(`/idle/${name}/0`)), [[200, 1, 7]]);
  assert.deepEqual(short(stand.ask(`/idle/${name}/1`)), [[404]]);
  assert.equal(stand.end.ends, 1);
  const other = stand.open();
  const held = stand.ask(`/idle/${other}/0`);
  stand.ends[1]?.session.end();
  assert.deepEqual(short(held), [[404]]);
});

test("the whole server ends: all hear of it", () => {
  const stand = new TunnelStand();
  const held = stand.ask(`/idle/${stand.open()}/0`);
  stand.open();
  stand.server.close();
  assert.deepEqual(short(held), [[404]]);
  assert.deepEqual(
    stand.ends.map(({ ends }) => ends),
    [1, 1],
  );
});

test("what is no request of a tunnel is refused, a probe of Flash Player found missing", () => {
  const stand = new TunnelStand();
  const name = stand.open();
  assert.deepEqual(short(stand.ask("/fcs/ident2")), [[404]]);
  assert.deepEqual(short(stand.ask(`/send/${"0".repeat(32)}/0`)), [[404]]);
  for (const path of ["", "/", "/open", "/open/", "/open/x", `/send/${name}`, `/send/${name}/-1`]) {
    assert.deepEqual(short(stand.ask(path)), [[400]], path);
  }
  for (const path of [`/idle/${name}/x`, `/send/${name}/12345678901`, `/open/${name}/1`]) {
    assert.deepEqual(short(stand.ask(path)), [[400]], path);
  }
});

test("whatever is asked, every request gets one answer in the end, and nothing stays", () => {
  const kinds = fc.constantFrom("open", "send", "idle", "close", "fcs/ident2", "x");
  const asks = fc.array(fc.tuple(kinds, fc.nat(2), fc.nat(12), fc.nat(6_000)), { maxLength: 60 });
  fc.assert(
    fc.property(asks, (asked) => {
      const stand = new TunnelStand(2);
      const names = [stand.open(), stand.open(), "f".repeat(32)];
      const answers = asked.map(([kind, tunnel, sequence, ms]) => {
        const path = kind === "open" ? "/open/1" : `/${kind}/${names[tunnel]}/${sequence}`;
        const answer = stand.ask(path);
        stand.pass(ms);
        return answer;
      });
      stand.pass(30_000);
      for (const answer of answers) assert.equal(answer.length, 1);
      assert.equal(stand.server.size, 0);
      for (const { ends } of stand.ends) assert.equal(ends, 1);
    }),
  );
});
