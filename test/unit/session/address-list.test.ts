import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_CANDIDATES } from "../../../protocol/params.ts";
import { AddressList } from "../../../protocol/session/address-list.ts";
import type { Address } from "../../../protocol/wire/address.ts";

/** `count` addresses from this port on. */
function addresses(count: number, port = 1): Address[] {
  return Array.from({ length: count }, (_, at) => ({ ip: "10.0.0.1", port: port + at }));
}

test("each address is there once, however often it is added", () => {
  const [one, another] = addresses(2);
  assert.ok(one && another);
  const list = new AddressList([one]);
  for (const address of [another, { ...one }, { ...another }]) list.add(address);
  assert.deepEqual([...list], [one, another]);
});

test("there are so many and no more: those that came first, at once or one by one", () => {
  const many = addresses(MAX_CANDIDATES + 1);
  const few = many.slice(0, MAX_CANDIDATES);
  const list = new AddressList(many);
  assert.deepEqual([...list], few);
  const grown = new AddressList([]);
  for (const address of many) grown.add(address);
  assert.deepEqual([...grown], few);
  list.add({ ip: "10.0.0.2", port: 1 });
  assert.deepEqual([...list], few);
});

test("it is a list of its own: who gave the first of them may change theirs", () => {
  const given = addresses(1);
  const list = new AddressList(given);
  given.push({ ip: "10.0.0.2", port: 1 });
  assert.equal([...list].length, 1);
});
