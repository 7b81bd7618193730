import { RtmptServer } from "../../protocol/rtmp/rtmpt-server.ts";
import type {
  RtmptResponse,
  RtmptSession,
  RtmptSessionHandler,
} from "../../protocol/rtmp/rtmpt-session.ts";

/** The server's end of a tunnel, and all that it was told. */
export class TunnelEnd implements RtmptSessionHandler {
  readonly session: RtmptSession;
  received: number[] = [];
  drains = 0;
  ends = 0;

  constructor(session: RtmptSession) {
    this.session = session;
  }

  onBytes(bytes: Uint8Array): void {
    this.received.push(...bytes);
  }

  onDrain(): void {
    this.drains += 1;
  }

  onEnd(): void {
    this.ends += 1;
  }
}

/** A server of tunnels whose time stands still until a test moves it. */
export class TunnelStand {
  readonly ends: TunnelEnd[] = [];
  readonly server: RtmptServer<string>;
  now = 0;
  #names = 0;

  constructor(maxSessions = 4) {
    this.server = new RtmptServer({
      maxSessions,
      random: (length) => {
        this.#names += 1;
        return new Uint8Array(length).fill(this.#names);
      },
      accept: (session) => {
        const end = new TunnelEnd(session);
        this.ends.push(end);
        return end;
      },
    });
  }

  /** The end of the first tunnel. */
  get end(): TunnelEnd {
    const [end] = this.ends;
    if (!end) throw new Error("nobody has opened a tunnel");
    return end;
  }

  /** Makes a request; the answer is in the list when it is there. */
  ask(path: string, body: readonly number[] = [0]): RtmptResponse[] {
    const answers: RtmptResponse[] = [];
    this.server.request(
      path,
      Uint8Array.from(body),
      "test",
      (answer) => answers.push(answer),
      this.now,
    );
    return answers;
  }

  /** Opens a tunnel and answers its name. */
  open(): string {
    const [answer] = this.ask("/open/1");
    return String.fromCharCode(...(answer?.body ?? [])).trimEnd();
  }

  pass(ms: number): void {
    this.now += ms;
    this.server.advance(this.now);
  }
}
