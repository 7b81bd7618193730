import type { RtmfpError } from "../protocol/errors.ts";
import type { OnFault } from "../protocol/tc/containment.ts";
import type { AcceptTransport, FlowRouter } from "../protocol/tc/flow-router.ts";
import type { NetworkHandler } from "./network.ts";
import type { Joined } from "./server/join-server.ts";
import type { PeerSessions } from "./sessions/peer-sessions.ts";

/** Who hears of what happens in the network of a peer. */
export interface NetworkListeners {
  sessions(): PeerSessions;
  /** Undefined until the server is reached. */
  joined(): Joined | undefined;
  onDisconnected(error: RtmfpError | undefined): void;
  readonly onFault: OnFault;
}

/** Tells whom it concerns: the server's session is one thing, those with peers are another. */
export function networkEvents(listeners: NetworkListeners): NetworkHandler {
  const { sessions, joined } = listeners;
  return {
    onSession: (router) => acceptSession(sessions(), joined(), router),
    onClosed(session, error) {
      if (session === joined()?.server.session) listeners.onDisconnected(error);
      else sessions().delete(session, error);
    },
    onMoved(session) {
      const moved = sessions().of(session);
      if (!moved) return;
      joined()?.paths.moved(session, moved);
      moved.noteMoved();
    },
    onUnanswered: (session) => {
      if (session === joined()?.server.session) joined()?.watch.onUnanswered(session);
      else if (sessions().of(session)) joined()?.paths.unanswered(session);
    },
    onBitrate: (session, bitsPerSecond) => {
      sessions().of(session)?.emit("bitrate", bitsPerSecond);
    },
    onAsked: (path) => joined()?.paths.asked(path),
    onFault: listeners.onFault,
    onRedirect: (redirect, path) => joined()?.paths.redirected(redirect, path),
    mayIntroduce: (session) => session === joined()?.server.session,
  };
}

/** A session with a server is nobody to talk to; nothing else is opened from here before there is one. */
function acceptSession(
  sessions: PeerSessions,
  joined: Joined | undefined,
  router: FlowRouter,
): AcceptTransport {
  const { session } = router;
  if (!joined && session.terms.role === "initiator") return () => false;
  if (joined?.home.isToBe(session)) return () => false;
  const accept = sessions.add(router);
  const opened = sessions.of(session);
  if (opened) joined?.paths.added(session, opened);
  return accept;
}
