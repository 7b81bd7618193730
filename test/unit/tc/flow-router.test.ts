import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import type { FlowTransport } from "../../../protocol/tc/flow-transport.ts";
import { media } from "../../support/media.ts";
import { connectedStations, type TcStations } from "../../support/tc-station.ts";

interface Groups extends TcStations {
  readonly faults: unknown[];
  /** What has become of the groups at the far end, by the stream that started each. */
  readonly log: string[];
  /** Starts a group at the near end with a message on this stream. */
  start(streamId: number): FlowTransport;
}

/** The far end's handlers throw `error` for the message with timestamp 13. */
async function groups(error: unknown): Promise<Groups> {
  const faults: unknown[] = [];
  const log: string[] = [];
  const stations = await connectedStations(1, { onFault: (fault) => faults.push(fault) });
  const { near, far } = stations;
  far.accept = (transport, streamId) => {
    transport.handler = {
      onMessage: ({ timestampMs }) => {
        if (timestampMs === 13) throw error;
        log.push(`${streamId}: ${timestampMs}`);
      },
      onEnd: () => {
        log.push(`${streamId}: end`);
        if (streamId === 2) throw error;
      },
    };
    return true;
  };
  const start = (streamId: number): FlowTransport => {
    const transport = near.router.start();
    transport.handler = { onMessage: () => undefined, onEnd: () => undefined };
    near.turn((now) => transport.send({ ...media.audio(streamId), streamId }, {}, now));
    return transport;
  };
  return { ...stations, faults, log, start };
}

test("a message goes to the group of its flow, however many there are", async () => {
  const { lab, near, log, start } = await groups(undefined);
  const transports = Array.from({ length: 200 }, (_, index) => start(index + 20));
  await lab.advance(1_000);
  log.length = 0;
  near.turn((now) => transports[100]?.send({ ...media.audio(7), streamId: 120 }, {}, now));
  await lab.advance(100);
  assert.deepEqual(log, ["120: 7"]);
  near.turn(() => transports[100]?.close());
  await lab.advance(1_000);
  assert.deepEqual(log, ["120: 7", "120: end"]);
});

test("an error in the handling of a message ends its session, and is told", async () => {
  const error = new TypeError("a bug");
  const { lab, near, far, faults, log, start } = await groups(error);
  for (const streamId of [1, 2, 3]) start(streamId);
  await lab.advance(100);
  log.length = 0;
  const { session } = far.router;
  start(13);
  await lab.advance(1_000);
  assert.equal(session.isOpen, false);
  assert.equal(near.routers.size, 0, "the far end is told that it is over");
  assert.deepEqual(new Set(log), new Set(["13: end", "1: end", "2: end", "3: end"]));
  assert.deepEqual(faults, [error, error], "one in a message, one at the end");
});

test("an RtmfpError in the handling of a message ends its session, and is no fault", async () => {
  const { lab, far, faults, start } = await groups(new RtmfpError("REJECTED", "not here"));
  start(1);
  await lab.advance(100);
  const { session } = far.router;
  start(13);
  await lab.advance(1_000);
  assert.equal(session.isOpen, false);
  assert.deepEqual(faults, []);
});
