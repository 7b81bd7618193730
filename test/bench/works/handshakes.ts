import type { Address } from "../../../protocol/index.ts";
import { nodeIo } from "../../../protocol/node/index.ts";
import { arithmetic } from "../arithmetic.ts";
import { Client } from "../client.ts";
import { Far } from "../far/far.ts";
import { type Row, row } from "../row.ts";
import { Turns } from "../turns.ts";
import type { Span, Work } from "../work.ts";

/**
 * Sessions opened by several clients at a time, each dropped when it is open. `-block` is the longest turn
 * of a round, in either process: of many rounds the median, because on a machine with others the longest
 * of all is one in which the processor was theirs. Beside it: that of arithmetic in both processes.
 */
export function handshakes(group: number): Work {
  const name = `handshakes-${group}`;
  return {
    rows: [name, `${name}-cpu`, `${name}-block`],
    seconds: 15,
    run: (span) => Far.with(group, (far) => run(far, span)),
  };

  async function run(far: Far, { warmUpMs, measuredMs }: Span): Promise<Row[]> {
    const turns = new Turns(nodeIo);
    const server = { ip: "127.0.0.1", port: far.ports.rtmfp };
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => Client.bind(turns.io, group)),
    );
    await openFor(clients, server, warmUpMs);
    const roundMs = measuredMs / (3 * ROUNDS);
    const rates: number[] = [];
    const cpus: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now();
      const cpuBefore = await cpuMs(far);
      const count = await openFor(clients, server, roundMs);
      rates.push((count * 1000) / (performance.now() - start));
      cpus.push(((await cpuMs(far)) - cpuBefore) / count);
    }
    const longestTurn = async (work: () => Promise<unknown>): Promise<number> => {
      await far.ask("watch");
      turns.watch();
      await work();
      const { longestTurnMs } = await far.ask("usage");
      return Math.max(turns.takeLongestMs(), longestTurnMs);
    };
    const values: number[] = [];
    const bares: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      values.push(await longestTurn(() => openFor(clients, server, roundMs)));
      bares.push(await longestTurn(() => computeFor(far, turns, roundMs)));
    }
    await Promise.all(clients.map((client) => client.driver.close(0)));
    return [
      row(name, "1/s", rates),
      row(
        `${name}-cpu`,
        "us",
        cpus.map((ms) => ms * 1000),
      ),
      row(`${name}-block`, "ms", values, bares),
    ];
  }
}

/** In both processes at once. */
async function computeFor(far: Far, turns: Turns, ms: number): Promise<void> {
  await far.ask("compute");
  const end = performance.now() + ms;
  await arithmetic(turns, () => performance.now() >= end);
  await far.ask("rest");
}

/** Of both processes. */
async function cpuMs(far: Far): Promise<number> {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + (await far.ask("usage")).cpuMs;
}

/** Answers how many sessions were opened. */
async function openFor(clients: readonly Client[], server: Address, ms: number): Promise<number> {
  const end = performance.now() + ms;
  const counts = clients.map(async (client) => {
    let count = 0;
    for (; performance.now() < end; count += 1) {
      const session = await client.open(server);
      client.driver.turn(() => session.abort());
    }
    return count;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** Enough that neither process ever waits for the other. */
const CLIENTS = 16;
const ROUNDS = 5;
