import type { Address } from "../../protocol/wire/address.ts";
import type { SocketId } from "./address-queries.ts";
import { isLocalScope, isOutside } from "./candidates.ts";
import { MAIN_SOCKET } from "./nat-discovery.ts";
import type { NatReport } from "./nat-report.ts";
import { PortShuffle } from "./port-shuffle.ts";
import { MAX_PROBES, type ProbeBoard, type ProbePairOptions } from "./probe-board.ts";
import type { PunchOptions } from "./punch-terms.ts";
import { type Plan, sharesAddress } from "./strategy.ts";

/** What a tactic works with. */
export interface Field {
  readonly options: PunchOptions;
  readonly board: ProbeBoard;
  /** The sockets opened for this attempt. */
  readonly sockets: readonly SocketId[];
}

/** How one plan is carried out at this end. */
export interface Tactic {
  /** So many sockets are needed besides the main one. */
  readonly sockets: number;
  /** The first of them asks a server where it is seen, and the far end is told. */
  readonly isObserved: boolean;
  readonly timeoutMs: number;
  /** There are too many openers to wait for the last before "go". */
  readonly opensWhileGoing?: boolean | undefined;
  /** Everything is there. Answers whether the far end may send at once. */
  begin(field: Field, now: number): boolean;
  /** The far end is ready too, and is at `observed`, if that matters. */
  onGo(field: Field, observed: Address | undefined, now: number): void;
}

export function tacticFor(plan: Plan): Tactic | undefined {
  switch (plan.type) {
    case "direct":
      return plan.isFresh ? freshTactic : directTactic;
    case "predict":
      return predictTactic(plan);
    case "birthday":
      return birthdayTactic(plan);
    case "scan":
      return scanTactic(plan);
    case "relay":
      return localTactic;
    case "tcp":
      return undefined;
  }
}

/** To where servers see the far end, and to its own addresses. */
const directTactic: Tactic = {
  sockets: 0,
  isObserved: false,
  timeoutMs: 2_500,
  begin: (field, now) => {
    addReflexive(field, MAIN_SOCKET, now);
    addHosts(field, now);
    return true;
  },
  onGo: () => undefined,
};

/** The same from another socket: a NAT may have taken the flow of the first for its own. */
const freshTactic: Tactic = {
  sockets: 1,
  isObserved: true,
  timeoutMs: 3_000,
  begin: (field, now) => {
    addHosts(field, now);
    return false;
  },
  onGo: ({ board, sockets: [socket = MAIN_SOCKET] }, observed, now) => {
    if (observed) board.add({ socket, to: observed }, { needsOpener: true }, now);
  },
};

/** Where two NATs let nothing through, there may still be IPv6, or a network in common. */
const localTactic: Tactic = {
  sockets: 0,
  isObserved: false,
  timeoutMs: 2_000,
  begin: (field, now) => {
    addHosts(field, now);
    return true;
  },
  onGo: () => undefined,
};

/**
 * Each end that can be foreseen makes a mapping just before, and the other sends to those after it. The
 * socket must be new: one that has sent there before has its mapping.
 */
function predictTactic({ near, far }: Extract<Plan, { type: "predict" }>): Tactic {
  const socketOf = ({ sockets }: Field): SocketId => (near && sockets[1]) || MAIN_SOCKET;
  return {
    sockets: near ? 2 : 0,
    isObserved: near,
    timeoutMs: 2_500,
    // The next mapping must be the one that the far end foresees: nothing else is sent before it.
    begin: (field, now) => {
      if (!far) addReflexive(field, socketOf(field), now);
      return !far;
    },
    onGo: (field, observed, now) => {
      const { board, options } = field;
      const socket = socketOf(field);
      for (const to of far && observed ? foreseen(observed, options.far) : []) {
        board.add({ socket, to }, { needsOpener: true }, now);
      }
      // Where servers see it as well, in case that its mapping depends on nothing.
      addReflexive(field, socket, now);
      addHosts(field, now);
    },
  };
}

/**
 * The end with random ports opens many sockets, each of which makes a mapping towards the far end. That
 * end has one port for all, and sends to random ones until it hits a mapping.
 */
function birthdayTactic({ sockets, ports }: Extract<Plan, { type: "birthday" }>): Tactic {
  const isHit = sockets !== "far";
  const isSprayer = sockets !== "near";
  return {
    sockets: isHit ? Math.min(BIRTHDAY_SOCKETS, Math.floor(ports.size / 4)) : 0,
    isObserved: false,
    timeoutMs: LONG_TIMEOUT_MS,
    opensWhileGoing: true,
    begin: (field, now) => {
      // Probes in place of openers would come to the far end's NAT before it has sent there.
      for (const socket of isHit ? field.sockets : []) {
        addReflexive(field, socket, now, { isOpenedOnly: true, intervalMs: REOPEN_MS });
      }
      addHosts(field, now);
      return isHit;
    },
    onGo: ({ board, options }, _observed, now) => {
      const ip = farIp(options);
      if (ip === undefined || !isSprayer) return;
      const shuffle = new PortShuffle(ports, options.random);
      board.spray(() => {
        const port = shuffle.next();
        return port === undefined ? undefined : { socket: MAIN_SOCKET, to: { ip, port } };
      }, now);
    },
  };
}

/** Each port of the far end's block gives a new port of ours; when all are through, another socket. */
function scanTactic({ far }: Extract<Plan, { type: "scan" }>): Tactic {
  const passes = Math.ceil(MAX_PROBES / far.size);
  return {
    sockets: passes - 1,
    isObserved: false,
    timeoutMs: LONG_TIMEOUT_MS,
    begin: (field, now) => {
      addHosts(field, now);
      return true;
    },
    onGo: ({ board, sockets, options }, _observed, now) => {
      const ip = farIp(options);
      if (ip === undefined) return;
      const unused = [MAIN_SOCKET, ...sockets];
      let socket = unused.shift();
      let shuffle = new PortShuffle(far, options.random);
      board.spray(() => {
        let port = shuffle.next();
        if (port === undefined) {
          socket = unused.shift();
          shuffle = new PortShuffle(far, options.random);
          port = shuffle.next();
        }
        return socket === undefined || port === undefined
          ? undefined
          : { socket, to: { ip, port } };
      }, now);
    },
  };
}

/** Addresses that no NAT stands before: of a network in common, of IPv6. */
function addHosts({ options, board }: Field, now: number): void {
  const isNear = sharesAddress(options.near, options.far);
  for (const { kind, address } of options.candidates) {
    if (kind !== "host" || (isTranslatedAddress(options.far, address) && !isNear)) continue;
    board.add({ socket: MAIN_SOCKET, to: address }, {}, now);
  }
}

/** A private address means somebody else on another network, unless there is no NAT between. */
function isTranslatedAddress(far: NatReport, { ip }: Address): boolean {
  return isLocalScope(ip) && far.isTranslated !== false && far.reflexive.length > 0;
}

/** Where servers, and mappings made on request, say that the far end is. */
function addReflexive(
  { options, board }: Field,
  socket: SocketId,
  now: number,
  pairOptions: ProbePairOptions = { needsOpener: true },
): void {
  for (const to of reflexiveOf(options)) {
    if (socket !== MAIN_SOCKET && to.ip.includes(":")) continue;
    board.add({ socket, to }, pairOptions, now);
  }
}

function reflexiveOf({ far, candidates }: PunchOptions): Address[] {
  const told = candidates.filter(isOutside).map(({ address }) => address);
  return [...far.reflexive.slice(0, MAX_REFLEXIVE_PAIRS), ...told];
}

/** The ports of the mappings that follow the one which a server saw. */
function foreseen({ ip, port }: Address, { allocation }: NatReport): Address[] {
  const step = allocation.type === "sequential" ? allocation.step : 1;
  return Array.from({ length: PREDICTED_PORTS }, (_, index) => port + step * (index + 1))
    .filter((next) => next > 0 && next <= 65_535)
    .map((next) => ({ ip, port: next }));
}

/** The one address at which ports of the far end are guessed. */
function farIp(options: PunchOptions): string | undefined {
  const ips = options.far.reflexive.map(({ ip }) => ip).filter((ip) => !ip.includes(":"));
  return ips.find((ip) => options.verifiedIps?.includes(ip) ?? true);
}

/** Where the mapping depends on the destination, the first is as good as any. */
const MAX_REFLEXIVE_PAIRS = 1;
/** Other hosts behind the NAT may take a few ports between. */
const PREDICTED_PORTS = 6;
/** With 2,048 probes at random ports, one of 256 mappings is hit 9,998 times of 10,000. */
const BIRTHDAY_SOCKETS = 256;
/** 2,048 probes take 10.2 s, and the sockets a second before. */
const LONG_TIMEOUT_MS = 12_500;
/** Openers may be lost, or have ended before the last of our own NATs. */
const REOPEN_MS = 3_000;
