import { isIP } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * A page whose name was made to point to this machine (DNS rebinding) asks under that name, and its
 * browser would let it read the answer: who is asked as anything but an IP address or localhost refuses.
 */
export async function refuseStrangeHosts(
  { hostname }: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const name = hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(name) !== 0 || /^(?:.+\.)?localhost$/i.test(name)) return;
  await reply.code(403).send({ error: "ask for this page by IP address, or as localhost" });
}
