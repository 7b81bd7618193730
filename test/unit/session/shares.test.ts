import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Shares } from "../../../protocol/session/shares.ts";
import type { Address } from "../../../protocol/wire/address.ts";

interface Item {
  readonly id: number;
}

const from = (network: number, host: number): Address => ({
  ip: `10.0.${network}.${host}`,
  port: 1935,
});

test("who has most, and whether that is more than a newcomer will have, whatever comes and goes", () => {
  const step = fc.record({ network: fc.nat(4), host: fc.nat(3), isGone: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const shares = new Shares<Item>();
      let all: { item: Item; network: number; host: number }[] = [];
      for (const [id, { network, host, isGone }] of steps.entries()) {
        const item = { id };
        const gone = isGone ? all.find((one) => one.network === network) : undefined;
        if (gone) {
          all = all.filter((one) => one !== gone);
          shares.delete(gone.item);
          shares.delete(gone.item);
        } else {
          all.push({ item, network, host });
          shares.add(item, from(network, host));
        }
        assert.equal(shares.size, all.length);
      }
      const ofNetwork = (index: number) => all.filter(({ network }) => network === index);
      const sizes = [0, 1, 2, 3, 4].map((index) => ofNetwork(index).length);
      for (const { network, host } of steps) {
        const own = ofNetwork(network).filter((one) => one.host === host);
        const address = from(network, host);
        assert.deepEqual(
          [...shares.of(address)],
          own.map(({ item }) => item),
        );
        assert.equal(shares.sizeOfNetwork(address), sizes[network]);
        const { items, hasMore } = shares.greediest(address, "all");
        const [first] = items;
        const greedy = all.find(({ item }) => item === first);
        const crowd = ofNetwork(greedy?.network ?? 0);
        assert.equal(crowd.length, Math.max(...sizes));
        const perHost = [0, 1, 2, 3].map(
          (index) => crowd.filter((one) => one.host === index).length,
        );
        assert.equal([...items].length, Math.max(...perHost));
        const isMore = crowd.length > (sizes[network] ?? 0) + 1;
        assert.equal(hasMore, isMore || [...items].length > own.length + 1);
      }
      for (const { item } of all) shares.delete(item);
      assert.equal(shares.remembered, 0);
    }),
  );
});

test("who has most among neighbours", () => {
  const shares = new Shares<Item>();
  for (let id = 0; id < 9; id += 1) shares.add({ id }, from(0, id % 2));
  for (let id = 10; id < 30; id += 1) shares.add({ id }, from(1, 1));
  const { items, hasMore } = shares.greediest(from(0, 1), "network");
  assert.deepEqual(
    [...items].map(({ id }) => id),
    [0, 2, 4, 6, 8],
  );
  assert.equal(hasMore, false);
  assert.equal(shares.greediest(from(0, 2), "network").hasMore, true);
  const stranger = shares.greediest(from(2, 0), "network");
  assert.deepEqual([[...stranger.items], stranger.hasMore], [[], false]);
});
