/** The far process: serves RTMFP and bare datagrams until its parent is gone. Argument: the group. */
import { nodeIo } from "../../../protocol/node/index.ts";
import { arithmetic } from "../arithmetic.ts";
import { bareEcho, bareSink } from "../bare/sink.ts";
import { Turns } from "../turns.ts";
import type { FarCommand, FarPorts, FarUsage } from "./protocol.ts";
import { Server } from "./server.ts";

const turns = new Turns(nodeIo);
const server = new Server(turns.io, Number(process.argv[2]));
const link = await server.driver.bind({ ip: "127.0.0.1", port: 0 });
const ports: FarPorts = {
  rtmfp: link.address.port,
  sink: await bareSink(),
  echo: await bareEcho(),
};

let isComputing = false;

process.on("message", (command: FarCommand) => {
  if (command === "watch") turns.watch();
  isComputing = command === "compute";
  if (isComputing) void arithmetic(turns, () => !isComputing);
  process.send?.(usage(command));
});
process.on("disconnect", () => process.exit());
process.send?.(ports);

function usage(command: FarCommand): FarUsage {
  const { user, system } = process.cpuUsage();
  if (command === "collect") for (let round = 0; round < 3; round += 1) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    cpuMs: (user + system) / 1000,
    longestTurnMs: command === "usage" ? turns.takeLongestMs() : 0,
    sessions: server.driver.endpoint.stats.sessions,
    rssBytes: rss,
    heapBytes: heapUsed + external,
  };
}
