export type { ConditionChange, Conditions } from "./conditions.ts";
export type { Datagram, Fate } from "./datagram.ts";
export type { Host, HostTap } from "./host.ts";
export { Lab, type LabOptions, type ScriptedLoss } from "./lab.ts";
export type { Line } from "./line.ts";
export {
  type Dependence,
  expected,
  LINUX_NAT,
  MATRIX_CLASSES,
  type Meeting,
  NAT_CLASSES,
  NAT_DEFAULTS,
  Nat,
  type NatClass,
  type NatConfig,
  type NatDrop,
  type NatPacket,
  type NatSettings,
  type NatTimers,
  type NatVerdict,
  natClass,
  type Placed,
  type PortAllocation,
  placeBehind,
} from "./nat/index.ts";
export type { Network, RouterOptions, StationOptions } from "./network.ts";
export { peerPlatform, rendezvousPlatform } from "./node/platform.ts";
export { labPrimitives } from "./node/primitives.ts";
export { Capture, type CaptureOptions } from "./pcapng.ts";
export { Prng } from "./prng.ts";
export type { Router } from "./router.ts";
export type { TcpSocket } from "./tcp/socket.ts";
export type { AcceptTcp, TcpListener, TcpOptions } from "./tcp/stack.ts";
export type { Tap, TraceEntry } from "./trace.ts";
