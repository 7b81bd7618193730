import type { Io } from "../../protocol/io.ts";

/** A world in which no datagram gets out, and none in. */
export function withoutUdp(io: Io): Io {
  return {
    ...io,
    async bind(local, _receive) {
      const link = await io.bind(local, () => undefined);
      return {
        get address() {
          return link.address;
        },
        send: () => undefined,
        close: () => link.close(),
      };
    },
  };
}
