/** How RTMP travels: S inside TLS, E encrypted by its own means (no security), T inside HTTP. */
export type RtmpScheme = "rtmp" | "rtmps" | "rtmpe" | "rtmpt" | "rtmpte" | "rtmpts";

/** An RTMP URL. Where the app ends and the name of a stream begins is for the client to decide. */
export interface RtmpUrl {
  readonly scheme: RtmpScheme;
  /** A name or an IP address, an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  /** What follows the first slash; may be empty, may contain a query. */
  readonly path: string;
}

/** Reads `rtmp://host[:port]/path` and its relatives. Throws RangeError. */
export function parseRtmpUrl(text: string): RtmpUrl {
  const parts = URL_PARTS.exec(text)?.groups;
  const scheme = parts?.scheme?.toLowerCase();
  const host = parts?.v6 ?? parts?.host;
  if (!parts || !host || !isScheme(scheme)) throw new RangeError(`"${text}" is no RTMP URL`);
  const port = parts.port === undefined ? DEFAULT_PORTS[scheme] : Number(parts.port);
  if (port === 0 || port > 65_535) throw new RangeError(`"${text}": there is no port ${port}`);
  return { scheme, host, port, path: parts.path ?? "" };
}

function isScheme(scheme: string | undefined): scheme is RtmpScheme {
  return scheme !== undefined && Object.hasOwn(DEFAULT_PORTS, scheme);
}

const URL_PARTS =
  /^(?<scheme>[a-z]+):\/\/(?:\[(?<v6>[0-9a-f:.]+)\]|(?<host>[^\s/:?#@[\]]+))(?::(?<port>\d{1,5}))?(?:\/(?<path>\S*))?$/i;

const DEFAULT_PORTS: Readonly<Record<RtmpScheme, number>> = {
  rtmp: 1935,
  rtmps: 443,
  rtmpe: 1935,
  rtmpt: 80,
  rtmpte: 80,
  rtmpts: 443,
};
