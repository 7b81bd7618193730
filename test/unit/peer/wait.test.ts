import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { orAborted, Waiters, wait, within } from "../../../peer/wait.ts";
import { Lab } from "../../lab/index.ts";

const REASON = new Error("changed my mind");

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

test("it settles as the callbacks say, at once or later, and only once", async () => {
  const never = (): void => assert.fail("there is nothing to give up");
  assert.equal(
    await wait<number>({}, (resolve) => {
      resolve(1);
      resolve(2);
      return never;
    }),
    1,
  );
  const later = wait<number>({}, (resolve, reject) => {
    queueMicrotask(() => reject(REASON));
    queueMicrotask(() => resolve(1));
    return never;
  });
  await assert.rejects(later, REASON);
});

test("an aborted signal rejects before anything is started", async () => {
  const start = (): never => assert.fail("started");
  await assert.rejects(wait({ signal: AbortSignal.abort(REASON) }, start), REASON);
});

test("a signal that aborts gives up, rejects with its reason, and is let go", async () => {
  const stop = new AbortController();
  const notes: string[] = [];
  const waiting = wait<void>({ signal: stop.signal }, (resolve) => () => {
    notes.push("given up");
    resolve();
  });
  assert.equal(listeners(stop.signal), 1);
  stop.abort(REASON);
  await assert.rejects(waiting, REASON);
  assert.deepEqual(notes, ["given up"]);
  assert.equal(listeners(stop.signal), 0);
});

test("a wait that settled lets its signal go, and is never given up", async () => {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  const giveUp = (): void => assert.fail("given up");
  await wait<void>(options, (resolve) => {
    resolve();
    return giveUp;
  });
  await assert.rejects(
    wait<void>(options, (_, reject) => {
      reject(REASON);
      return giveUp;
    }),
  );
  assert.equal(listeners(stop.signal), 0);
  stop.abort();
});

test("what start throws rejects, and the signal is let go", async () => {
  const { signal } = new AbortController();
  const start = (): never => {
    throw REASON;
  };
  await assert.rejects(wait({ signal }, start), REASON);
  assert.equal(listeners(signal), 0);
});

test("a signal that start itself aborts gives up as well", async () => {
  const stop = new AbortController();
  let isGivenUp = false;
  const waiting = wait<void>({ signal: stop.signal }, () => {
    stop.abort(REASON);
    return () => {
      isGivenUp = true;
    };
  });
  await assert.rejects(waiting, REASON);
  assert.ok(isGivenUp);
});

test("orAborted answers as the promise, or rejects as the signal", async () => {
  const stop = new AbortController();
  assert.equal(await orAborted(Promise.resolve(1), { signal: stop.signal }), 1);
  await assert.rejects(orAborted(Promise.reject(REASON), {}), REASON);
  const waiting = orAborted(new Promise(() => undefined), { signal: stop.signal });
  stop.abort(REASON);
  await assert.rejects(waiting, REASON);
});

test("within a time: as it ends, else the error that says so, else the caller's reason", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  const late = (): Error => new Error("too late");
  const endless = ({ signal }: { signal?: AbortSignal | undefined }): Promise<never> =>
    orAborted(new Promise<never>(() => undefined), { signal });
  assert.equal(await within(100, late, io, {}, async () => 1), 1);
  await assert.rejects(lab.complete(within(100, late, io, {}, endless), 200), /too late/);
  assert.equal(lab.now, 100);
  const stop = new AbortController();
  const waiting = within(100, late, io, { signal: stop.signal }, endless);
  stop.abort(REASON);
  await assert.rejects(waiting, REASON);
  await lab.run(Number.POSITIVE_INFINITY);
  assert.equal(lab.now, 100, "no alarm is left");
});

test("several wait for one thing: until they are told, or each for its time", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  const waiters = new Waiters(io);
  const heard: string[] = [];
  const wait = (name: string, limitMs: number): Promise<number> =>
    waiters.wait(limitMs).then(() => heard.push(`${name} at ${lab.now}`));
  const all = [wait("one", 100), wait("two", 300), wait("three", 300)];
  await lab.run(200);
  assert.deepEqual(heard, ["one at 100"]);
  waiters.tell();
  waiters.tell();
  await Promise.all(all);
  assert.deepEqual(heard, ["one at 100", "two at 200", "three at 200"]);
  await lab.run(Number.POSITIVE_INFINITY);
  assert.equal(lab.now, 200, "no alarm is left");
});
