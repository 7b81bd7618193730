/** The two formats of recorded RTMFP datagrams under test/vectors, as one. */
import { fromHex } from "../../protocol/bytes/hex.ts";
import { readJsonVector } from "./data.ts";

export interface Recording {
  readonly sessions: readonly RecordedSession[];
  readonly packets: readonly RecordedPacket[];
}

export interface RecordedSession {
  readonly secret: Uint8Array;
  readonly initiatorComponent: Uint8Array;
  readonly responderComponent: Uint8Array;
  /** Keys as the file has them, by name; of the initiator unless the name tells. */
  readonly expected: Readonly<Record<string, Uint8Array>>;
}

export interface RecordedPacket {
  /** "default", or the direction in one of the sessions. */
  readonly key: "default" | { readonly session: number; readonly fromInitiator: boolean };
  readonly sessionId: number;
  readonly datagram: Uint8Array;
  /** With its padding. */
  readonly plain: Uint8Array;
  readonly paddingLength: number;
  readonly sequenceNumber: number | undefined;
}

export const strictFiles: readonly string[] = [
  "rtmfp/checksum-group2.json",
  "rtmfp/checksum-sseq-group2.json",
  "rtmfp/fragmented-group2.json",
  "rtmfp/hmac-sseq-group2.json",
  "rtmfp/loss-retransmit.json",
  "rtmfp/mobility-keepalive-close.json",
  "rtmfp/tc-connect-publish-group16.json",
];

export const monaFiles: readonly string[] = [
  "rtmfp-mona/m1-p2p.play.json",
  "rtmfp-mona/m2-p2p.play.json",
];

export function readStrictRecording(path: string): Recording {
  const { keys, packets } = readJsonVector<StrictFile>(path);
  const hexes = Object.entries(keys.initiator);
  return {
    sessions: [
      {
        secret: fromHex(keys.dhSecret),
        initiatorComponent: fromHex(keys.skic),
        responderComponent: fromHex(keys.skrc),
        expected: Object.fromEntries(hexes.map(([name, hex]) => [name, fromHex(hex)])),
      },
    ],
    packets: packets.map(({ key, sessionId, wire, rtmfpPacket, padBytes, sseq }) => ({
      key: key === "default" ? key : { session: 0, fromInitiator: key === "i2r" },
      sessionId: Number.parseInt(sessionId, 16),
      datagram: fromHex(wire),
      plain: fromHex(rtmfpPacket),
      paddingLength: padBytes,
      sequenceNumber: sseq,
    })),
  };
}

export function readMonaRecording(path: string): Recording {
  const { sessions, packets } = readJsonVector<MonaFile>(path);
  return {
    sessions: sessions.map((session) => ({
      secret: fromHex(session.secret),
      initiatorComponent: fromHex(session.skic),
      responderComponent: fromHex(session.skrc),
      expected: {
        initiatorToResponderKey: fromHex(session.initiatorToResponderKey),
        responderToInitiatorKey: fromHex(session.responderToInitiatorKey),
      },
    })),
    packets: packets.map(({ key, sessionId, datagram, plain }) => ({
      key: key === "default" ? key : direction(key),
      sessionId,
      datagram: fromHex(datagram),
      plain: fromHex(plain),
      paddingLength: 0,
      sequenceNumber: undefined,
    })),
  };
}

/** `s1.i2r` */
function direction(key: string): { session: number; fromInitiator: boolean } {
  const [session = "", name] = key.split(".");
  return { session: Number(session.slice(1)), fromInitiator: name === "i2r" };
}

interface StrictFile {
  readonly keys: {
    readonly dhSecret: string;
    readonly skic: string;
    readonly skrc: string;
    readonly initiator: Readonly<Record<string, string>>;
  };
  readonly packets: readonly {
    readonly key: string;
    readonly sessionId: string;
    readonly wire: string;
    readonly rtmfpPacket: string;
    readonly padBytes: number;
    readonly sseq?: number;
  }[];
}

interface MonaFile {
  readonly sessions: readonly {
    readonly secret: string;
    readonly skic: string;
    readonly skrc: string;
    readonly initiatorToResponderKey: string;
    readonly responderToInitiatorKey: string;
  }[];
  readonly packets: readonly {
    readonly key: string;
    readonly sessionId: number;
    readonly datagram: string;
    readonly plain: string;
  }[];
}
