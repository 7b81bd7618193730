/** Where a rendezvous server is, and what is wanted there: `rtmfp://host[:port]/app`. */
export interface RendezvousUrl {
  /** As it was given: it goes into the endpoint discriminator, RFC 7425 §4.4.2.2. */
  readonly href: string;
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path without the leading slash; may be empty. */
  readonly app: string;
}

/** Throws TypeError for anything that is not an rtmfp URL. */
export function parseRendezvousUrl(text: string): RendezvousUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "rtmfp:" || url.hostname === "" || url.port === "0") {
    throw new TypeError(`not a URL like rtmfp://host[:port]/app: ${text}`);
  }
  return {
    href: text,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? DEFAULT_PORT : Number(url.port),
    app: url.pathname.replace(/^\/+/, ""),
  };
}

/**
 * Where a server asks us to go: `tcUrl`, absolute or relative to the URL that we used, of any scheme
 * of RTMFP or RTMP. Throws TypeError for anything else.
 */
export function followUrl(from: RendezvousUrl, tcUrl: string | undefined): RendezvousUrl {
  if (tcUrl === undefined) return from;
  if (!URL.canParse(tcUrl, from.href)) throw new TypeError(`not a URL: ${tcUrl}`);
  const { href } = new URL(tcUrl, from.href);
  return parseRendezvousUrl(href.replace(/^rtmp(s|e|t|ts|te)?:/, "rtmfp:"));
}

/** IANA's port of the rtmfp scheme, RFC 7425 §6.1. */
const DEFAULT_PORT = 1935;
