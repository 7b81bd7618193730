import assert from "node:assert/strict";
import { test } from "node:test";
import { Lab } from "../lab/index.ts";
import { Station } from "../support/station.ts";

test("§3.5.1.1 startup survives every pattern of losses of its first 8 packets", async () => {
  for (let pattern = 0; pattern < 256; pattern += 1) {
    const lab = new Lab({ seed: pattern, isPromiseFree: true });
    const one = await new Station(lab.host("10.0.0.1").io, 0).listen("10.0.0.1", 1935);
    const other = await new Station(lab.host("10.0.0.2").io, 1).listen("10.0.0.2", 1935);
    lab.scriptLoss((index) => index < 8 && (pattern & (1 << index)) !== 0);
    one.dial(other);
    await lab.runUntil(() => one.sessions.length > 0, 60_000);
    const flow = one.openFlow("hello");
    one.send(flow, "how do you do?");
    await lab.runUntil(() => other.messages.length > 0, 60_000);
    assert.equal(one.sessions.length, 1, `pattern ${pattern}`);
    assert.equal(other.sessions.length, 1, `pattern ${pattern}`);
    assert.equal(other.messages[0]?.text, "how do you do?");
    assert.equal(one.driver.endpoint.stats.malformed, 0);
    await lab.complete(Promise.all([one.driver.close(), other.driver.close()]), 10_000);
  }
});
