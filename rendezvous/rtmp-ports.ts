import { SharedBudget } from "../protocol/bytes/shared-budget.ts";
import {
  type AcceptRtmpClient,
  MAX_CLIENT_BYTES,
  RtmpListener,
} from "../protocol/node/rtmp-listener.ts";
import type { ServerTlsOptions } from "../protocol/node/tls-options.ts";
import type { OnFault } from "../protocol/tc/containment.ts";
import { type Address, formatAddress } from "../protocol/wire/address.ts";
import { keepCertificate } from "./certificate-file.ts";
import type { RendezvousOptions, RtmpPort } from "./options.ts";

/** The TCP ports of a server where RTMP clients come. */
export class RtmpPorts {
  readonly #rtmp: RtmpPort[] = [];
  readonly #rtmps: RtmpPort[] = [];

  private constructor() {}

  /** Rejects with `ADDRESS_IN_USE`, `UNREACHABLE` or `CRYPTO`; then nothing is left open. */
  static async listen(
    addresses: { readonly rtmp: readonly Address[]; readonly rtmps: readonly Address[] },
    options: RtmpPortsOptions,
    accept: AcceptRtmpClient,
    onFault: OnFault,
  ): Promise<RtmpPorts> {
    const ports = new RtmpPorts();
    const { rtmp, rtmps } = addresses;
    if (rtmp.length + rtmps.length === 0) return ports;
    const { listenRtmp = RtmpListener.listen, swf } = options;
    const { maxConnections, maxConnectionsPerAddress } = options;
    const tls = options.listenRtmp ? undefined : await tlsOf(options);
    const budget = new SharedBudget(MAX_CLIENT_BYTES);
    const common = { tls, swf, maxConnections, maxConnectionsPerAddress, onFault, budget };
    try {
      for (const at of rtmp) ports.#rtmp.push(await listenRtmp(at, accept, common));
      for (const at of rtmps) {
        ports.#rtmps.push(await listenRtmp(at, accept, { ...common, isTlsRequired: true }));
      }
      return ports;
    } catch (error) {
      await ports.close();
      throw error;
    }
  }

  get addresses(): { readonly rtmp: readonly string[]; readonly rtmps: readonly string[] } {
    const texts = (listeners: readonly RtmpPort[]): string[] =>
      listeners.map(({ address }) => formatAddress(address));
    return { rtmp: texts(this.#rtmp), rtmps: texts(this.#rtmps) };
  }

  /** Ends all connections after what was sent to them, and the ports. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([...this.#rtmp, ...this.#rtmps].map((listener) => listener.close()));
  }
}

type RtmpPortsOptions = Pick<
  RendezvousOptions,
  "tls" | "data" | "listenRtmp" | "swf" | "maxConnections" | "maxConnectionsPerAddress"
>;

async function tlsOf({
  tls,
  data,
}: Pick<RendezvousOptions, "tls" | "data">): Promise<ServerTlsOptions> {
  const { cert, key, ...versions } = tls ?? {};
  if (cert !== undefined && key !== undefined) return { ...versions, cert, key };
  return { ...versions, ...(await keepCertificate(data)) };
}
