import type { ConnectTcp } from "../../../peer/platform.ts";
import type { Host } from "../host.ts";
import { SEND_BUFFER_BYTES } from "./stream.ts";

/** `connectTcp` of a host in the lab. */
export function labConnectTcp(host: Host): ConnectTcp {
  return async ({ host: ip, port, localPort }, { signal }) => {
    const socket = await host.connectTcp({ ip, port }, { localPort, signal });
    return {
      get unsentBytes() {
        return Math.max(0, socket.bufferedBytes - SEND_BUFFER_BYTES);
      },
      listen({ onBytes, onClosed }) {
        socket.onData = onBytes;
        socket.onClose = onClosed;
      },
      send: (bytes) => socket.send(bytes),
      close() {
        socket.onData = () => undefined;
        socket.onClose = () => undefined;
        socket.destroy();
      },
    };
  };
}
