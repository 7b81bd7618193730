/**
 * What relaying RTMP costs: one publisher, N players, this server beside nginx-rtmp and
 * node-media-server, which take turns: `npm run bench:rtmp -- --help`.
 */
import { parseArgs } from "node:util";
import { median } from "../row.ts";
import { type Case, type Measured, measure, type Span } from "./measure.ts";
import { type Candidates, candidates, type ServerName } from "./servers.ts";

const CASES: readonly Case[] = [
  { mbits: 20, players: 50 },
  { mbits: 5, players: 200 },
  { mbits: 5, players: 50 },
  { mbits: 20, players: 200 },
];

const HELP = `npm run bench:rtmp -- [--nms DIR] [--case MBITSxPLAYERS] [--server NAME] [--warm-up N] [--seconds N] [--rounds N] [--json]

  --nms DIR    where node-media-server is installed (npm install node-media-server), or RTMFP_BENCH_NMS
  --case       such as 20x50; may be given several times (default: ${CASES.map(nameOf).join(", ")})
  --server     ours, nginx or nms alone; may be given several times
  --warm-up N  how long each server is under load before that (default: 10): a relay runs for days,
               not for the seconds in which Node compiles its hot paths
  --seconds N  how long each server is measured in a round (default: 4)
  --rounds N   each figure is the median of so many (default: 3)
  --json       one JSON object per row
`;

const FIGURES: readonly (readonly [keyof Measured, unit: string])[] = [
  ["cpuPerGbit", "s/Gbit"],
  ["rssMegabytes", "MB"],
  ["p50Ms", "ms"],
  ["p99Ms", "ms"],
  ["delivered", "%"],
];

try {
  const { values } = parseArgs({
    options: {
      nms: { type: "string" },
      case: { type: "string", multiple: true },
      server: { type: "string", multiple: true },
      "warm-up": { type: "string" },
      seconds: { type: "string" },
      rounds: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) process.stdout.write(HELP);
  else {
    const found = candidates(values.nms ?? process.env.RTMFP_BENCH_NMS);
    for (const what of found.missing) process.stderr.write(`NOT MEASURED: ${what}\n`);
    const wanted = values.case ? values.case.map(readCase) : CASES;
    const span = {
      warmUp: positive("warm-up", values["warm-up"] ?? "10"),
      measured: positive("seconds", values.seconds ?? "4"),
    };
    const rounds = positive("rounds", values.rounds ?? "3");
    const only = new Set(values.server ?? found.servers.keys());
    const servers = new Map([...found.servers].filter(([name]) => only.has(name)));
    if (servers.size === 0) throw new RangeError("--server: none that is here");
    for (const one of wanted) {
      const results = await interleaved(servers, one, span, rounds);
      process.stdout.write(values.json ? jsonRows(one, results) : tableOf(one, results));
    }
  }
} catch (error) {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

type Results = ReadonlyMap<ServerName, Measured>;

/** The speed of a machine drifts: the servers take turns, and each has its medians. */
async function interleaved(
  servers: Candidates["servers"],
  one: Case,
  span: Span,
  rounds: number,
): Promise<Results> {
  const all = new Map<ServerName, Measured[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, start] of servers) {
      const list = all.get(name) ?? [];
      list.push(await measure(start, one, span));
      all.set(name, list);
    }
  }
  return new Map([...all].map(([name, list]) => [name, medians(list)]));
}

function medians(list: readonly Measured[]): Measured {
  const of = (figure: keyof Measured): number => median(list.map((one) => one[figure]));
  return {
    cpuPerGbit: of("cpuPerGbit"),
    rssMegabytes: of("rssMegabytes"),
    p50Ms: of("p50Ms"),
    p99Ms: of("p99Ms"),
    delivered: of("delivered"),
  };
}

function jsonRows(one: Case, results: Results): string {
  const rows = FIGURES.map(([figure, unit]) => {
    const at = (name: ServerName): number | null => rounded(results.get(name)?.[figure]);
    const [value, nginx, nms] = [at("ours"), at("nginx"), at("nms")];
    return { work: `rtmp-${nameOf(one)}-${figure}`, value, unit, nginx, nms };
  });
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function tableOf(one: Case, results: Results): string {
  const names = [...results.keys()];
  const head = `${nameOf(one).padEnd(22)}${names.map((name) => name.padStart(10)).join("")}\n`;
  const lines = FIGURES.map(([figure, unit]) => {
    const values = names.map((name) => String(rounded(results.get(name)?.[figure])).padStart(10));
    return `  ${`${figure} ${unit}`.padEnd(20)}${values.join("")}\n`;
  });
  return head + lines.join("");
}

/** Four digits that count. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(4));
}

function nameOf({ mbits, players }: Case): string {
  return `${mbits}x${players}`;
}

function readCase(text: string): Case {
  const [, mbits, players] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (mbits === undefined) throw new RangeError("--case: MBITSxPLAYERS, such as 20x50");
  return { mbits: positive("case", mbits), players: positive("case", players ?? "") };
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new RangeError(`--${option}: a number above 0`);
  return number;
}
