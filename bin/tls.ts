import { createSecureContext } from "node:tls";
import type { ServerTlsOptions } from "../protocol/node/tls-options.ts";
import { UsageError } from "./command.ts";
import { readBytes } from "./files.ts";

type TlsVersion = "1.2" | "1.3";

interface Values {
  readonly "tls-cert": string | undefined;
  readonly "tls-key": string | undefined;
  readonly "tls-min": TlsVersion;
  readonly "tls-max": TlsVersion;
}

/** What `--tls-…` say; without files the certificate is the server's own. Throws UsageError, or as `fileError` says. */
export function readTls(values: Values): Partial<ServerTlsOptions> {
  const { "tls-cert": cert, "tls-key": key } = values;
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError("--tls-cert and --tls-key belong together");
  }
  const versions = {
    minVersion: `TLSv${values["tls-min"]}`,
    maxVersion: `TLSv${values["tls-max"]}`,
  } as const;
  if (versions.minVersion > versions.maxVersion) {
    throw new UsageError("--tls-min is higher than --tls-max");
  }
  if (cert === undefined || key === undefined) return versions;
  return { ...versions, ...readCertificate(cert, key) };
}

function readCertificate(certPath: string, keyPath: string): { cert: string; key: string } {
  const cert = readBytes(certPath, `--tls-cert ${certPath}`).toString("utf8");
  const key = readBytes(keyPath, `--tls-key ${keyPath}`).toString("utf8");
  check({ cert }, `--tls-cert ${certPath}: no certificate in PEM`);
  check({ cert, key }, `--tls-key ${keyPath}: not the private key of --tls-cert in PEM`);
  return { cert, key };
}

/** What OpenSSL says of such files is for those who know OpenSSL. */
function check(files: { cert: string; key?: string }, what: string): void {
  try {
    createSecureContext(files);
  } catch {
    throw new UsageError(what);
  }
}
