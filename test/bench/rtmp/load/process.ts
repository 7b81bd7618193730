/** The load's process: one publisher and all players of a server. Ends with its parent. */
import { percentile } from "../../row.ts";
import { Client } from "./client.ts";
import { Meter } from "./meter.ts";
import type { LoadCommand, LoadReport } from "./protocol.ts";
import { PICTURES_PER_SECOND, Stream, sentAt } from "./stream.ts";

let clients: Client[] = [];
let meters: Meter[] = [];
let latencies: number[] = [];
let [startedAt, pictures, sent, bytes] = [0, 0, 0, 0];
let timer: NodeJS.Timeout | undefined;

process.on("message", (command: LoadCommand) => {
  const measured = report();
  void obey(command).then(() => process.send?.(measured));
});
process.on("disconnect", () => process.exit());

async function obey(command: LoadCommand): Promise<void> {
  if (command.do === "watch") watch();
  else if (command.do === "stop") stop();
  else await start(command.port, command.players, command.mbits);
}

function watch(): void {
  latencies = [];
  [pictures, sent] = [0, 0];
  bytes = received();
  startedAt = performance.now();
}

function stop(): void {
  clearInterval(timer);
  for (const { socket } of clients) socket.destroy();
  clients = [];
  meters = [];
}

async function start(port: number, players: number, mbits: number): Promise<void> {
  const publisher = await Client.connect(port, () => undefined);
  clients = [publisher];
  publisher.publish("bench");
  for (let index = 0; index < players; index += 1) {
    const meter = new Meter(onPicture);
    const client = await Client.connect(port, (received) => meter.push(received));
    client.play("bench");
    clients.push(client);
    meters.push(meter);
  }
  const stream = new Stream(mbits);
  publisher.send(...stream.heads());
  beat(publisher, stream);
}

/** A sound every 20 ms, a picture with every other one; what a late timer owes follows at once. */
function beat(publisher: Client, stream: Stream): void {
  const from = performance.now();
  let beats = 0;
  timer = setInterval(() => {
    while (performance.now() >= from + beats * BEAT_MS) {
      const sound = stream.sound(beats * BEAT_MS);
      const isPicture = beats % PICTURE_BEATS === 0;
      if (isPicture) sent += 1;
      publisher.send(sound, ...(isPicture ? [stream.picture(performance.now())] : []));
      beats += 1;
    }
  }, 5);
}

function onPicture(start: Uint8Array): void {
  const at = sentAt(start);
  if (at === undefined) return;
  pictures += 1;
  latencies.push(performance.now() - at);
}

function received(): number {
  return meters.reduce((sum, meter) => sum + meter.bytes, 0);
}

function report(): LoadReport {
  return {
    seconds: (performance.now() - startedAt) / 1000,
    bytes: received() - bytes,
    pictures,
    expected: sent * meters.length,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}

const BEAT_MS = 20;
const PICTURE_BEATS: number = 1000 / PICTURES_PER_SECOND / BEAT_MS;
