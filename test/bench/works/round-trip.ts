import { nodeIo } from "../../../protocol/node/index.ts";
import { bareSocket } from "../bare/socket.ts";
import { Client } from "../client.ts";
import { Far } from "../far/far.ts";
import { percentile, type Row, row } from "../row.ts";
import type { Span, Work } from "../work.ts";

/** A message of 100 bytes there and back, one after the other. */
export const roundTrip: Work = {
  rows: ["round-trip-p50", "round-trip-p99"],
  seconds: 5,
  run: (span) => Far.with(31, (far) => run(far, span)),
};

async function run(far: Far, { warmUpMs, measuredMs }: Span): Promise<Row[]> {
  const client = await Client.bind(nodeIo, 31);
  const session = await client.open({ ip: "127.0.0.1", port: far.ports.rtmfp });
  const flow = client.flow(session, "echo");
  const message = new Uint8Array(100);
  const rtmfp: Echo = {
    send: () => void client.driver.turn((now) => flow.send(message, {}, now)),
    onReturn: () => undefined,
  };
  client.onFlowEvent = () => rtmfp.onReturn();

  const socket = await bareSocket(far.ports.echo);
  const bare: Echo = {
    send: () => socket.send(message, () => undefined),
    onReturn: () => undefined,
  };
  socket.on("message", () => bare.onReturn());

  await bounce(rtmfp, warmUpMs);
  await bounce(bare, warmUpMs);
  const values: number[][] = [];
  const bares: number[][] = [];
  const roundMs = measuredMs / (2 * ROUNDS);
  for (let round = 0; round < ROUNDS; round += 1) {
    values.push(await bounce(rtmfp, roundMs));
    bares.push(await bounce(bare, roundMs));
  }
  socket.close();
  await client.driver.close(0);
  const shares: readonly [string, number][] = [
    ["round-trip-p50", 0.5],
    ["round-trip-p99", 0.99],
  ];
  return shares.map(([name, share]) => {
    const of = (rounds: readonly number[][]): number[] =>
      rounds.map((times) => percentile(times, share));
    return row(name, "us", of(values), of(bares));
  });
}

interface Echo {
  send(): void;
  onReturn: () => void;
}

/** Microseconds of each round trip in `ms`. */
function bounce(echo: Echo, ms: number): Promise<number[]> {
  return new Promise((resolve) => {
    const times: number[] = [];
    const end = performance.now() + ms;
    let sentAt = performance.now();
    echo.onReturn = () => {
      const now = performance.now();
      times.push((now - sentAt) * 1000);
      if (now >= end) {
        resolve(times);
        return;
      }
      sentAt = performance.now();
      echo.send();
    };
    echo.send();
  });
}

const ROUNDS = 5;
