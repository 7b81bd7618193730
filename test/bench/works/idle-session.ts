import { nodeIo } from "../../../protocol/node/index.ts";
import { Client } from "../client.ts";
import { Far } from "../far/far.ts";
import { type Row, row } from "../row.ts";
import type { Work } from "../work.ts";

/** What an open session takes in a server that holds thousands: all of them, divided. */
export const idleSession: Work = {
  rows: ["idle-session-rss", "idle-session-heap"],
  seconds: 6,
  run: ({ measuredMs }) =>
    Far.with(31, (far) => run(far, Math.ceil((measuredMs / 1000) * SESSIONS_PER_SECOND))),
};

async function run(far: Far, count: number): Promise<Row[]> {
  const server = { ip: "127.0.0.1", port: far.ports.rtmfp };
  // What the first sessions bring with them, compiled code above all, is not theirs.
  const clients = await openAll(server, count);
  const before = await far.ask("collect");
  clients.push(...(await openAll(server, count)));
  const after = await far.ask("collect");
  await Promise.all(clients.map((client) => client.driver.close(0)));
  const sessions = after.sessions - before.sessions;
  const kilobytes = (bytes: number): number[] => [bytes / sessions / 1024];
  return [
    row("idle-session-rss", "KB", kilobytes(after.rssBytes - before.rssBytes)),
    row("idle-session-heap", "KB", kilobytes(after.heapBytes - before.heapBytes)),
  ];
}

/** Each from a client of its own, as a server would see them. */
async function openAll(server: Parameters<Client["open"]>[0], count: number): Promise<Client[]> {
  const clients: Client[] = [];
  for (let left = count; left > 0; left -= 1) {
    const client = await Client.bind(nodeIo, 31);
    await client.open(server);
    clients.push(client);
  }
  return clients;
}

/** As many sockets are open in this process. */
const SESSIONS_PER_SECOND = 500;
