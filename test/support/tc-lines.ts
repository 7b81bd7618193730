import { FlowLine } from "./flow-line.ts";
import { RtmpLine } from "./rtmp-line.ts";
import { type Line, memoryLine } from "./tc-stand.ts";

/** All ways on which the messages of a NetConnection travel, for tests that have to hold on each. */
export const lines: readonly [name: string, make: () => Line | Promise<Line>][] = [
  ["in memory", memoryLine],
  ["over an RTMP chunk stream", () => new RtmpLine()],
  ["over flows of an RTMFP session", () => FlowLine.open()],
];
