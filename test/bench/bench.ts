/**
 * What RTMFP costs here, between two processes on loopback: `npm run bench -- --help`.
 * Bare UDP sockets do the same work in turn, as the speed of a machine drifts.
 */
import { parseArgs } from "node:util";
import { formatRow, tableHead } from "./row.ts";
import type { Work } from "./work.ts";
import { bulk } from "./works/bulk.ts";
import { handshakes } from "./works/handshakes.ts";
import { idleSession } from "./works/idle-session.ts";
import { roundTrip } from "./works/round-trip.ts";

const works: readonly Work[] = [
  ...[100, 1024, 16_384, 65_536].map((messageBytes) => bulk(messageBytes)),
  bulk(16_384, 1_200),
  roundTrip,
  ...[31, 14, 2].map(handshakes),
  idleSession,
];

const HELP = `npm run bench -- [--only WORK] [--seconds N] [--json]

  --only WORK    one row or a family of rows, such as bulk or handshakes-31
  --seconds N    how long each work measures
  --json         one JSON object per row

works: ${works.flatMap((work) => work.rows).join(" ")}
`;

try {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      seconds: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) process.stdout.write(HELP);
  else await bench(values.only, secondsOf(values.seconds), values.json);
} catch (error) {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

async function bench(
  only: string | undefined,
  seconds: number | undefined,
  isJson: boolean,
): Promise<void> {
  const isWanted = (name: string): boolean =>
    only === undefined || name === only || name.startsWith(`${only}-`);
  const wanted = works.filter((work) => work.rows.some(isWanted));
  if (wanted.length === 0) throw new RangeError(`--only: there is no ${only}, see --help`);
  if (!isJson) process.stdout.write(`${tableHead}\n`);
  for (const work of wanted) {
    const rows = await work.run(seconds ?? work.seconds);
    for (const row of rows.filter((one) => isWanted(one.work))) {
      process.stdout.write(`${isJson ? JSON.stringify(row) : formatRow(row)}\n`);
    }
  }
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!(seconds > 0)) throw new RangeError("--seconds: a number above 0");
  return seconds;
}
