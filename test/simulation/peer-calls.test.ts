/** Calls between peers of the library. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AmfValue, Peer, PeerSession, Procedure } from "../../peer/index.ts";
import type { RtmfpError } from "../../protocol/errors.ts";
import { LabChat } from "../support/lab-chat.ts";

const REASON = new Error("changed my mind");

interface Line {
  readonly chat: LabChat;
  readonly callee: Peer;
  readonly session: PeerSession;
  /** Calls and lets it finish. */
  call(name: string, ...args: AmfValue[]): Promise<AmfValue>;
}

async function line(
  seed: number,
  procedures: Record<string, Procedure<PeerSession>> = {},
): Promise<Line> {
  const chat = await LabChat.start(seed);
  const caller = await chat.peer();
  const callee = await chat.peer();
  for (const [name, procedure] of Object.entries(procedures)) callee.handle(name, procedure);
  const session = await chat.lab.complete(caller.session(callee.id), 5_000);
  const call = (name: string, ...args: AmfValue[]): Promise<AmfValue> =>
    chat.lab.complete(session.call(name, args), 5_000);
  return { chat, callee, session, call };
}

test("a call answers what the procedure answers, at once or later", async () => {
  const { chat, call, session } = await line(1, {
    add: (_, one, other) => Number(one) + Number(other),
    later: async (_, value) => ({ value }),
    nothing: () => undefined,
    who: (caller) => caller.peerId,
  });
  assert.equal(await call("add", 20, 22), 42);
  assert.deepEqual({ ...((await call("later", "x")) as object) }, { value: "x" });
  assert.equal(await call("nothing"), undefined);
  assert.match(String(await call("who")), /^[0-9a-f]{64}$/);
  assert.notEqual(await call("who"), session.peerId, "the procedure is told who calls");
  await chat.close();
});

test("both ends call each other on one session", async () => {
  const chat = await LabChat.start(2);
  const { one, other, near, far } = await chat.met();
  one.handle("name", () => "one");
  other.handle("name", () => "other");
  const calls = [near.call("name"), far.call("name")];
  assert.deepEqual(await chat.lab.complete(Promise.all(calls), 5_000), ["other", "one"]);
  await chat.close();
});

test("what a procedure throws rejects the call, and the message goes along", async () => {
  const { chat, call } = await line(3, {
    broken: () => {
      throw new RangeError("not that much");
    },
    brokenLater: async () => {
      throw new Error("not now");
    },
    text: () => {
      throw "just text";
    },
    // An AMF object cannot be made a text.
    object: (_, value) => {
      throw value;
    },
  });
  const failure = (message: string): object => ({ code: "CALL_FAILED", message });
  await assert.rejects(call("broken"), failure("not that much"));
  await assert.rejects(call("brokenLater"), failure("not now"));
  await assert.rejects(call("text"), failure("just text"));
  await assert.rejects(call("object", {}), failure("the procedure failed"));
  await assert.rejects(call("nobody"), failure("there is no method nobody"));
  await chat.close();
});

test("an answer that AMF cannot carry is an error of the call, and of nothing else", async () => {
  const deep: AmfValue[] = [];
  let innermost = deep;
  for (let depth = 0; depth < 100; depth += 1) {
    const next: AmfValue[] = [];
    innermost.push(next);
    innermost = next;
  }
  const answer =
    (value: unknown): Procedure<PeerSession> =>
    () =>
      value as AmfValue;
  const { chat, call } = await line(4, {
    instance: answer(new Map([["key", 1]])),
    function: answer(() => 1),
    bytes: answer(Uint8Array.of(1)),
    big: answer(1n),
    deep: answer(deep),
    fine: answer("fine"),
  });
  for (const name of ["instance", "function", "bytes", "big", "deep"]) {
    await assert.rejects(call(name), { code: "CALL_FAILED" }, name);
  }
  assert.equal(await call("fine"), "fine");
  await chat.close();
});

test("arguments that AMF cannot carry reject at once, and later calls go on", async () => {
  const { chat, session, call } = await line(5, { echo: (_, value) => value });
  const instance = new Map() as unknown as AmfValue;
  await assert.rejects(session.call("echo", [instance]), TypeError);
  assert.equal(await call("echo", 7), 7);
  await chat.close();
});

test("a session that has ended answers no call: CLOSED, before, during and after", async () => {
  const { chat, session } = await line(6, { never: () => new Promise(() => undefined) });
  const waiting = session.call("never");
  waiting.catch(() => undefined);
  await chat.lab.advance(500);
  session.close();
  await assert.rejects(chat.lab.complete(waiting, 100), { code: "CLOSED" });
  await assert.rejects(chat.lab.complete(session.call("never"), 100), { code: "CLOSED" });
  await assert.rejects(chat.lab.complete(session.play("cam").next(), 100), { code: "CLOSED" });
  await chat.close();
});

test("a call stops waiting with its signal: before, during, and not after", async () => {
  const { chat, session } = await line(7, {
    never: () => new Promise(() => undefined),
    echo: (_, value) => value,
  });
  await assert.rejects(session.call("echo", [], { signal: AbortSignal.abort(REASON) }), REASON);
  const stop = new AbortController();
  const waiting = session.call("never", [], { signal: stop.signal });
  waiting.catch(() => undefined);
  await chat.lab.advance(500);
  stop.abort(REASON);
  await assert.rejects(waiting, REASON);
  const done = session.call("echo", [1], { signal: new AbortController().signal });
  assert.equal(await chat.lab.complete(done, 5_000), 1);
  await chat.close();
});

test("the callee closes in the middle of a procedure: the answer goes nowhere", async () => {
  let answer: (value: AmfValue) => void = () => undefined;
  const { chat, callee, session } = await line(8, {
    later: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  const outcome = assert.rejects(session.call("later"), { code: "CLOSED" });
  await chat.lab.advance(500);
  await chat.lab.complete(callee.close(), 5_000);
  answer("too late");
  await chat.lab.complete(outcome, 1_000);
  await chat.close();
});

test("a caller may wait for 1024 calls, and no far end has more running", async () => {
  let running = 0;
  const { chat, session } = await line(9, {
    never: () => {
      running += 1;
      return new Promise(() => undefined);
    },
  });
  const codes: string[] = [];
  const note = ({ code }: RtmfpError): number => codes.push(code);
  const calls = Array.from({ length: 1_025 }, () => session.call("never").catch(note));
  await chat.lab.advance(2_000);
  assert.deepEqual(codes, ["LIMIT"]);
  assert.equal(running, 1_024);
  session.close();
  await chat.lab.complete(Promise.all(calls), 1_000);
  assert.equal(codes.filter((code) => code === "CLOSED").length, 1_024);
  await chat.close();
});

test("a server's procedures are called like a peer's", async () => {
  const chat = await LabChat.start(10);
  const { server } = await chat.peer();
  const joined = await chat.lab.complete(server.call("pairJoin", [{ tags: ["x"] }]), 5_000);
  assert.equal(typeof (joined as { ticket?: unknown }).ticket, "string");
  await assert.rejects(chat.lab.complete(server.call("dance"), 5_000), { code: "CALL_FAILED" });
  const bad = server.call("pairJoin", [{ tags: ["x".repeat(65)] }]);
  await assert.rejects(chat.lab.complete(bad, 5_000), { code: "CALL_FAILED", message: /BAD_TAGS/ });
  const signal = AbortSignal.abort(REASON);
  await assert.rejects(server.call("pairLeave", [], { signal }), REASON);
  await chat.close();
});
