import type { RtmfpError } from "../protocol/errors.ts";
import type { PeerSession } from "./peer-session.ts";

export interface PeerEvents {
  /** A session with another peer is open, whoever opened it. */
  session: [session: PeerSession];
  /** The server says that the partner of the pair left. */
  unpaired: [peerId: string, reason: string];
  /** The connection to the server is gone. Sessions with other peers go on. */
  disconnected: [error: RtmfpError | undefined];
  /**
   * The server goes away, and this peer has connected to the one at `url` that it named. Who stood in
   * line stands in none; what was published or played on the server, or shared there, has to be so
   * again, and ends on the old one as soon as it ends here.
   */
  moved: [url: string];
}
