import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** A UDP socket on 127.0.0.1, with buffers as large as those of RTMFP's; connected if `to` is given. */
export async function bareSocket(to?: number): Promise<Socket> {
  const socket = createSocket({
    type: "udp4",
    recvBufferSize: BUFFER_BYTES,
    sendBufferSize: BUFFER_BYTES,
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  if (to === undefined) return socket;
  socket.connect(to, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

const BUFFER_BYTES = 4_194_304;
