import { readFileSync } from "node:fs";
import type { ServerTlsOptions } from "../protocol/node/tls-options.ts";
import { UsageError } from "./command.ts";

type TlsVersion = "1.2" | "1.3";

interface Values {
  readonly "tls-cert": string | undefined;
  readonly "tls-key": string | undefined;
  readonly "tls-min": TlsVersion;
  readonly "tls-max": TlsVersion;
}

/** What `--tls-…` say; without files the certificate is the server's own. Throws UsageError. */
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
  return { ...versions, cert: read("tls-cert", cert), key: read("tls-key", key) };
}

function read(option: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--${option}: ${why}`);
  }
}
