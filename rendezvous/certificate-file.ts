import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { RtmfpError } from "../protocol/errors.ts";
import { type KeyAndCertificate, selfSigned } from "../protocol/node/self-signed.ts";
import { keptFile } from "./kept-file.ts";

/**
 * The certificate that the folder `data` holds; made the first time, a new one each time without a
 * folder. Rejects with `CRYPTO` if the file is none, or the error of the file system.
 */
export async function keepCertificate(data: string | undefined): Promise<KeyAndCertificate> {
  if (data === undefined) return make();
  const text = await keptFile(data, FILE_NAME, () => {
    const { cert, key } = make();
    return key + cert;
  });
  const both: KeyAndCertificate = { cert: text, key: text };
  try {
    createSecureContext({ ...both });
    return both;
  } catch (cause) {
    throw new RtmfpError("CRYPTO", `${join(data, FILE_NAME)}: no key and certificate`, { cause });
  }
}

function make(): KeyAndCertificate {
  return selfSigned("rtmfp rendezvous", new Date());
}

/** Key and certificate, PEM. */
const FILE_NAME = "tls.pem";
