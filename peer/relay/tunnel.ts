import { type AmfObject, isAmfObject } from "../../protocol/amf/value.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { ConnectRtmp, RtmpWay } from "../../protocol/node/connect-rtmp.ts";
import { MessageType } from "../../protocol/rtmp/message.ts";
import { encodeUserControl } from "../../protocol/rtmp/user-control.ts";
import type { Reply } from "../../protocol/tc/calls.ts";
import { ClientConnection } from "../../protocol/tc/client-connection.ts";
import type { OnFault } from "../../protocol/tc/containment.ts";
import type { Transport } from "../../protocol/tc/transport.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { WaitOptions } from "../options.ts";
import { readAddresses } from "../sessions/acquaintance.ts";
import type { TcpMapping } from "../tcp/tcp-candidates.ts";
import { wait } from "../wait.ts";

/** What `relayToken` answers: how to get into the relay. */
export interface RelayTicket {
  readonly token: string;
  /** The best first. */
  readonly urls: readonly string[];
}

/** An RTMP connection to the relay. */
export interface Tunnel {
  /** Sends the payload of a relayed datagram. What the connection cannot take is lost. */
  send(payload: Uint8Array): void;
  /** Asks the relay for a sign of life. */
  ping(): void;
  close(): void;
  /** Resolves when it is gone. */
  readonly closed: Promise<unknown>;
  /** Undefined: not known, or not yet; through HTTP it never is. */
  readonly mapping: TcpMapping | undefined;
}

export interface TunnelOptions extends WaitOptions {
  /** Where to connect from, see `ConnectRtmp`. */
  readonly localPort?: number | undefined;
  /** See `ConnectRtmp`. */
  readonly onFault?: OnFault | undefined;
}

/** Who hears of what comes out of a tunnel. */
export interface TunnelHandler {
  /** The payload of a relayed datagram. */
  onPayload(payload: Uint8Array): void;
  /** Anything at all. */
  onHeard(): void;
}

/**
 * Connects to the relay by the first of the ticket's URLs that works. Rejects with `REJECTED` if the relay does not let us in, the last URL's error, or
 * the signal's reason.
 */
export async function openTunnel(
  connectRtmp: ConnectRtmp,
  { token, urls }: RelayTicket,
  handler: TunnelHandler,
  options: TunnelOptions,
): Promise<Tunnel> {
  let failure: unknown = new RtmfpError("UNREACHABLE", "the relay has no address");
  for (const url of urls) {
    try {
      return await openAt(connectRtmp, url, token, handler, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof RtmfpError && error.code === "REJECTED") throw error;
      failure = error;
    }
  }
  throw failure;
}

async function openAt(
  connectRtmp: ConnectRtmp,
  url: string,
  token: string,
  handler: TunnelHandler,
  options: TunnelOptions,
): Promise<Tunnel> {
  let made: { readonly transport: Transport; readonly connection: ClientConnection } | undefined;
  const way = await connectRtmp(
    url,
    (transport) => {
      const connection = new ClientConnection(transport, NO_APPLICATION);
      const { net } = connection;
      made = { transport, connection };
      return {
        onMessage(message, afterGap, now) {
          handler.onHeard();
          if (message.type === MessageType.relayedDatagram) handler.onPayload(message.payload);
          else net.onMessage(message, afterGap, now);
        },
        onEnd: (now) => net.onEnd(now),
      };
    },
    { ...options, handshakeTimeoutMs: ANSWER_MS },
  );
  if (!made) throw new RtmfpError("CLOSED", "the relay closed the connection");
  const { transport, connection } = made;
  try {
    await enter(connection, url, { token }, options);
  } catch (error) {
    way.close();
    throw error;
  }
  let mapping: TcpMapping | undefined;
  const { localPort } = options;
  if (localPort !== undefined && !url.startsWith("rtmpt")) {
    askWhereFrom(connection, (observed) => {
      mapping = { localPort, observed };
    });
  }
  return tunnelOf(way, transport, () => mapping);
}

/** Where does the server see this connection? One that does not know the question does not say. */
function askWhereFrom({ net }: ClientConnection, tell: (observed: Address) => void): void {
  const onReply = (reply: Reply): void => {
    const info = reply.isResult ? reply.values[0] : undefined;
    const [observed] = isAmfObject(info) ? readAddresses([info.observed], 1) : [];
    if (observed) tell(observed);
  };
  net.call("serverInfo", [], onReply, 0);
}

/** The connections of relays have a time limit of their own for the first answer. */
function enter(
  connection: ClientConnection,
  url: string,
  properties: AmfObject,
  options: WaitOptions,
): Promise<void> {
  return wait<void>(options, (resolve, reject) => {
    const onReply = (reply: Reply): void => {
      if (reply.isResult) resolve();
      else if (connection.net.isEnded) reject(new RtmfpError("CLOSED", "the relay hung up"));
      else reject(new RtmfpError("REJECTED", reply.status.description));
    };
    connection.connect({ app: RELAY_APP, tcUrl: url, properties }, onReply, 0);
    return () => undefined;
  });
}

function tunnelOf(
  way: RtmpWay,
  transport: Transport,
  mapping: () => TcpMapping | undefined,
): Tunnel {
  const { relayedDatagram: type } = MessageType;
  return {
    send(payload) {
      if ((transport.unsentBytes ?? 0) > MAX_UNSENT_BYTES) return;
      transport.send({ type, streamId: 0, timestampMs: 0, payload }, {}, 0);
    },
    ping() {
      transport.send(encodeUserControl({ event: "pingRequest", timestampMs: 0 }), {}, 0);
    },
    close: () => way.close(),
    closed: way.closed,
    get mapping() {
      return mapping();
    },
  };
}

const NO_APPLICATION = { onCall: () => false, onEnd: () => undefined };
const RELAY_APP = "relay";
/** A TCP connection that takes longer is hardly better than none. */
const ANSWER_MS = 5_000;
/** More in front of a slow uplink would only be late: a session notices losses, and sends less. */
const MAX_UNSENT_BYTES = 65_536;
