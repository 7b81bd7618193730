/**
 * What RTMFP costs here, between two processes on loopback: `npm run bench -- --help`.
 * Bare UDP sockets do the same work in turn, as the speed of a machine drifts.
 */
import { parseArgs } from "node:util";
import { formatRow, tableHead } from "./row.ts";
import type { Span, Work } from "./work.ts";
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

const HELP = `npm run bench -- [--only WORK] [--warm-up N] [--seconds N] [--json]

  --only WORK    one row or a family of rows, such as bulk or handshakes-31
  --warm-up N    how many seconds of work go before (default: 5): a server runs for days, and V8 compiles
                 its code for seconds
  --seconds N    how long each work measures
  --json         one JSON object per row

works: ${works.flatMap((work) => work.rows).join(" ")}
`;

try {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      "warm-up": { type: "string" },
      seconds: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) process.stdout.write(HELP);
  else {
    const warmUpMs = 1000 * (secondsOf("warm-up", values["warm-up"]) ?? 5);
    const seconds = secondsOf("seconds", values.seconds);
    await bench(
      values.only,
      (work) => ({ warmUpMs, measuredMs: 1000 * (seconds ?? work.seconds) }),
      values.json,
    );
  }
} catch (error) {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

async function bench(
  only: string | undefined,
  spanOf: (work: Work) => Span,
  isJson: boolean,
): Promise<void> {
  const isWanted = (name: string): boolean =>
    only === undefined || name === only || name.startsWith(`${only}-`);
  const wanted = works.filter((work) => work.rows.some(isWanted));
  if (wanted.length === 0) throw new RangeError(`--only: there is no ${only}, see --help`);
  if (!isJson) process.stdout.write(`${tableHead}\n`);
  for (const work of wanted) {
    const rows = await work.run(spanOf(work));
    for (const row of rows.filter((one) => isWanted(one.work))) {
      process.stdout.write(`${isJson ? JSON.stringify(row) : formatRow(row)}\n`);
    }
  }
}

function secondsOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!(seconds > 0)) throw new RangeError(`--${option}: a number above 0`);
  return seconds;
}
