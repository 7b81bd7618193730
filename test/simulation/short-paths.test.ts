import { test } from "node:test";
import { eachSeed } from "../support/seeds.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

/** Between these the round trip becomes long enough to be paced by, and too short again, ms. */
const DELAYS_MS = [0.1, 8];

/** One sends all the time; so does the other, in words that come sooner than acknowledgements do. */
async function talk(seed: number): Promise<void> {
  const { lab, one, other } = await connectedStations(seed);
  lab.setConditions({ loss: 0.05 });
  const media = one.openFlow("media");
  const words = other.openFlow("words");
  let turnAt = lab.now;
  for (let turns = 0; turns < 14; ) {
    if (lab.now >= turnAt) {
      lab.setConditions({ delayMs: DELAYS_MS[turns % 2] });
      turns += 1;
      turnAt = lab.now + 20 + lab.random.below(20);
    }
    if (media.queuedBytes < 20_000) one.send(media, "x".repeat(9_000));
    other.send(words, "word");
    await lab.advance(0.5 + lab.random.fraction());
  }
  // With bad luck, what was lost last is lost again.
  await lab.runUntil(() => media.queuedBytes + words.queuedBytes === 0, 5_000);
  await closeStations(lab, one, other);
}

test("§3.5.2.3 about where round trips are too short to be paced by, nothing is held back for ever", () =>
  eachSeed(50, talk));
