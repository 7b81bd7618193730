import { setTimeout as sleep } from "node:timers/promises";
import { Load } from "./load/load.ts";
import type { BenchedServer } from "./servers.ts";
import { usageOf } from "./usage.ts";

/** One publisher, and how many play. */
export interface Case {
  readonly mbits: number;
  readonly players: number;
}

/** What one server did in one round. */
export interface Measured {
  readonly cpuPerGbit: number;
  readonly rssMegabytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Pictures that arrived, of those that should have, %. */
  readonly delivered: number;
}

/** In seconds: how long a server runs under load before it is measured, and then. */
export interface Span {
  readonly warmUp: number;
  readonly measured: number;
}

/** Starts a server, puts it under load, and ends it. */
export async function measure(
  start: () => Promise<BenchedServer>,
  { mbits, players }: Case,
  span: Span,
): Promise<Measured> {
  const server = await start();
  const load = new Load();
  try {
    await load.tell({ do: "start", port: server.port, players, mbits });
    await sleep(span.warmUp * 1000);
    await load.tell({ do: "watch" });
    const before = usageOf(server.pid);
    await sleep(span.measured * 1000);
    const after = usageOf(server.pid);
    const report = await load.tell({ do: "stop" });
    const gigabits = (report.bytes * 8) / 1e9;
    return {
      cpuPerGbit: (after.cpuSeconds - before.cpuSeconds) / gigabits,
      rssMegabytes: after.rssBytes / 1e6,
      p50Ms: report.p50Ms,
      p99Ms: report.p99Ms,
      delivered: (100 * report.pictures) / report.expected,
    };
  } finally {
    await load.end();
    await server.stop();
  }
}
