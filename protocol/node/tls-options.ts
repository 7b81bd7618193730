import type { ConnectionOptions, SecureVersion } from "node:tls";

/** How a server shows who it is. */
export interface ServerTlsOptions {
  /** Its certificate, and those that lead to one that clients know: PEM. */
  readonly cert: string;
  /** The private key of the first one: PEM. */
  readonly key: string;
  /**
   * @default "TLSv1.2"
   */
  readonly minVersion?: SecureVersion | undefined;
  /**
   * Old builds of librtmp fail from TLS 1.3 on.
   * @default "TLSv1.3"
   */
  readonly maxVersion?: SecureVersion | undefined;
}

/** What a client demands of a server. Its certificate is checked unless `rejectUnauthorized` is false. */
export type ClientTlsOptions = Pick<
  ConnectionOptions,
  "ca" | "rejectUnauthorized" | "servername" | "minVersion" | "maxVersion"
>;
