import { nodeIo } from "../../../protocol/node/index.ts";
import { BareTransfer } from "../bare/transfer.ts";
import { BulkSender } from "../bulk-sender.ts";
import { Client } from "../client.ts";
import { Far } from "../far/far.ts";
import { type Row, row } from "../row.ts";
import type { Span, Work } from "../work.ts";

/**
 * As much as one flow carries, in messages of one size. `maxDatagramBytes`: 1200 holds it to what the
 * bare transfer has.
 */
export function bulk(messageBytes: number, maxDatagramBytes?: number): Work {
  const name = `bulk-${messageBytes}${maxDatagramBytes ? `-in-${maxDatagramBytes}` : ""}`;
  return { rows: [name], seconds: 8, run: (span) => Far.with(31, (far) => run(far, span)) };

  async function run(far: Far, { warmUpMs, measuredMs }: Span): Promise<Row[]> {
    const client = await Client.bind(nodeIo, 31, maxDatagramBytes);
    const session = await client.open({ ip: "127.0.0.1", port: far.ports.rtmfp });
    const flow = client.flow(session, "sink");
    const sender = new BulkSender(client.driver, flow, messageBytes);
    const bare = await BareTransfer.to(far.ports.sink, messageBytes);
    await sender.run(warmUpMs);
    await bare.run(warmUpMs);
    const roundMs = measuredMs / (2 * ROUNDS);
    const values: number[] = [];
    const bares: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      values.push(await sender.run(roundMs));
      bares.push(await bare.run(roundMs));
    }
    bare.close();
    const { datagramBytes } = session.stats;
    await client.driver.close(0);
    return [{ ...row(name, "MB/s", values, bares), datagramBytes }];
  }
}

const ROUNDS = 5;
