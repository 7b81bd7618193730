import assert from "node:assert/strict";
import { test } from "node:test";
import { IndexShelf } from "../../../rendezvous/vod/index-shelf.ts";

function shelf(): [shelf: IndexShelf<string>, loads: string[]] {
  const loads: string[] = [];
  const load = async (path: string, size: number): Promise<string> => {
    loads.push(path);
    if (size < 0) throw new RangeError("broken");
    return "x".repeat(size);
  };
  const weigh = ({ length }: string): number => length;
  return [new IndexShelf({ load, weigh, maxBytes: 10 }), loads];
}

const file = (path: string, size: number, modifiedMs = 0) => ({ path, size, modifiedMs });

test("an index is made once, and anew when the file has changed", async () => {
  const [indexes, loads] = shelf();
  const [one, other] = [indexes.borrow(file("a", 3)), indexes.borrow(file("a", 3))];
  assert.equal(await one.index, await other.index);
  one.giveBack();
  other.giveBack();
  await indexes.borrow(file("a", 3)).index;
  assert.deepEqual(loads, ["a"]);
  await indexes.borrow(file("a", 3, 1)).index;
  assert.deepEqual(loads, ["a", "a"]);
});

test("what was used last stays; what is in use is not dropped, and leaves no room for more", async () => {
  const [indexes, loads] = shelf();
  const used = indexes.borrow(file("used", 6));
  await used.index;
  for (const path of ["b", "c"]) {
    const loan = indexes.borrow(file(path, 4));
    await loan.index;
    loan.giveBack();
  }
  await indexes.borrow(file("used", 6)).index;
  assert.deepEqual(loads, ["used", "b", "c"]);
  const tooMuch = indexes.borrow(file("d", 5));
  await assert.rejects(tooMuch.index, { code: "LIMIT" });
  tooMuch.giveBack();
  const fits = indexes.borrow(file("e", 4));
  assert.equal(await fits.index, "xxxx");
});

test("what is dropped while it loads, for nobody waits any more, takes no room when it is there", async () => {
  let finish: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const load = async (path: string, size: number): Promise<number> => {
    if (path === "slow") await slow;
    return size;
  };
  const indexes = new IndexShelf({ load, weigh: (size) => size, maxBytes: 10 });
  const used = indexes.borrow(file("used", 9));
  await used.index;
  const left = indexes.borrow(file("slow", 1));
  left.giveBack();
  await assert.rejects(indexes.borrow(file("large", 5)).index, { code: "LIMIT" });
  finish();
  assert.equal(await left.index, 1);
  used.giveBack();
  assert.equal(await indexes.borrow(file("all", 10)).index, 10);
});

test("what fails is tried again", async () => {
  const [indexes, loads] = shelf();
  for (let count = 0; count < 2; count += 1) {
    const loan = indexes.borrow(file("broken", -1));
    await assert.rejects(loan.index, RangeError);
    loan.giveBack();
    loan.giveBack();
  }
  assert.deepEqual(loads, ["broken", "broken"]);
});
