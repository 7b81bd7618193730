import type { ConditionChange, NatSettings } from "../../../test/lab/index.ts";

/** What is where, and what happens when: a file of `rtmfp lab run`, checked. Times in ms. */
export interface Scenario {
  readonly title: string;
  readonly seed: number;
  /** When it is over. */
  readonly endMs: number;
  /** Conditions of the ways between any two on the internet. */
  readonly internet: ConditionChange;
  readonly hasRelay: boolean;
  /** Those that are behind others come after them. */
  readonly routers: readonly ScenarioRouter[];
  readonly peers: readonly ScenarioPeer[];
  /** In the order of time. */
  readonly events: readonly ScenarioEvent[];
}

export interface ScenarioRouter {
  readonly name: string;
  readonly ip: string;
  readonly nat: NatSettings;
  /** Another router; undefined: on the internet. */
  readonly behind: string | undefined;
  /** Conditions of its line towards the outside, in both directions. */
  readonly access: ConditionChange;
}

export interface ScenarioPeer {
  readonly name: string;
  readonly ip: string;
  /** A router; undefined: on the internet. */
  readonly behind: string | undefined;
  readonly access: ConditionChange;
  readonly transport: "auto" | "udp" | "tcp";
  /** When it connects to the server. */
  readonly startsAtMs: number;
}

export interface ScenarioEvent {
  readonly atMs: number;
  readonly act: Act;
}

/** What happens at one moment. */
export type Act =
  /** The server pairs these two; the first is the initiator. */
  | { readonly type: "pair"; readonly peers: readonly [string, string] }
  /** One peer tells another something, again and again; what is told must arrive once. */
  | {
      readonly type: "send";
      readonly from: string;
      readonly to: string;
      readonly everyMs: number;
      readonly forMs: number;
    }
  /** A peer ends. */
  | { readonly type: "leave"; readonly peer: string }
  /** A router forgets its mappings. */
  | { readonly type: "rebind"; readonly router: string }
  /** A router is gone for a while, and has forgotten its mappings then. */
  | { readonly type: "reboot"; readonly router: string; readonly forMs: number }
  /** A router, or a peer, gets another address. */
  | { readonly type: "move"; readonly what: string; readonly ip: string }
  /** The access line of a router or peer changes, in both directions. */
  | { readonly type: "link"; readonly of: string; readonly change: ConditionChange }
  /** The way between two on the internet changes, in both directions. */
  | {
      readonly type: "path";
      readonly between: readonly [string, string];
      readonly change: ConditionChange;
    }
  /** The server ends, or starts. */
  | { readonly type: "server"; readonly isUp: boolean }
  /** From now on all packets of these hosts are kept. */
  | { readonly type: "capture"; readonly hosts: readonly string[] };
