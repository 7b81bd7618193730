export type { ConditionChange, Conditions } from "./conditions.ts";
export type { Datagram, Fate } from "./datagram.ts";
export type { Host } from "./host.ts";
export { type HostOptions, Lab, type LabOptions, type ScriptedLoss } from "./lab.ts";
export type { Line } from "./line.ts";
export { Prng } from "./prng.ts";
export type { Tap, TraceEntry } from "./trace.ts";
