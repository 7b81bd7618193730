import { readFileSync } from "node:fs";
import type { ServerTlsOptions } from "../protocol/node/tls-options.ts";
import { UsageError } from "./command.ts";

interface Values {
  readonly "tls-cert": string | undefined;
  readonly "tls-key": string | undefined;
  readonly "tls-min": string;
  readonly "tls-max": string;
}

/** What `--tls-…` say; without files the certificate is the server's own. Throws UsageError. */
export function readTls(values: Values): Partial<ServerTlsOptions> {
  const { "tls-cert": cert, "tls-key": key } = values;
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError("--tls-cert and --tls-key belong together");
  }
  const versions = {
    minVersion: versionOf("tls-min", values["tls-min"]),
    maxVersion: versionOf("tls-max", values["tls-max"]),
  };
  if (versions.minVersion > versions.maxVersion) {
    throw new UsageError("--tls-min is higher than --tls-max");
  }
  if (cert === undefined || key === undefined) return versions;
  return { ...versions, cert: read("tls-cert", cert), key: read("tls-key", key) };
}

function versionOf(option: string, text: string): "TLSv1.2" | "TLSv1.3" {
  if (text === "1.2" || text === "1.3") return `TLSv${text}`;
  throw new UsageError(`--${option}: ${text} is neither 1.2 nor 1.3`);
}

function read(option: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--${option}: ${why}`);
  }
}
