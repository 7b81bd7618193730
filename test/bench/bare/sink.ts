import { bareSocket } from "./socket.ts";

/** Acknowledges every few datagrams with the number of all. Answers its port. */
export async function bareSink(): Promise<number> {
  const socket = await bareSocket();
  const acknowledgement = Buffer.alloc(4);
  let received = 0;
  socket.on("message", (_, from) => {
    received += 1;
    if (received % ACK_EVERY !== 0) return;
    acknowledgement.writeUInt32BE(received);
    socket.send(acknowledgement, from.port, from.address, ignore);
  });
  return socket.address().port;
}

/** Sends every datagram back. Answers its port. */
export async function bareEcho(): Promise<number> {
  const socket = await bareSocket();
  socket.on("message", (bytes, from) => socket.send(bytes, from.port, from.address, ignore));
  return socket.address().port;
}

function ignore(): void {}

/** Far fewer than a window, and enough that acknowledging costs little. */
const ACK_EVERY = 8;
