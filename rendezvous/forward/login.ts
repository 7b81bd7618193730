import { RtmfpError } from "../../protocol/errors.ts";
import { answerAuthmod, type Credentials } from "../../protocol/rtmp/authmod.ts";
import type { Status } from "../../protocol/tc/status.ts";
import { md5 } from "../md5.ts";

/**
 * How to be let in by a far end that wants to know who connects, as encoders are: each step is a
 * connection of its own, which carries the answer to what the last one was refused with.
 */
export class Login {
  readonly #app: string;
  readonly #credentials: Credentials | undefined;
  readonly #random: (count: number) => Uint8Array;
  #answer: string | undefined;

  /** `random`: unpredictable bytes. */
  constructor(
    app: string,
    credentials: Credentials | undefined,
    random: (count: number) => Uint8Array,
  ) {
    this.#app = app;
    this.#credentials = credentials;
    this.#random = random;
  }

  /** The application to connect to next. */
  get app(): string {
    return this.#answer ?? this.#app;
  }

  /** `connect` was refused. Throws RtmfpError unless there is an answer to that, to connect with. */
  refused({ code, description }: Status): void {
    const credentials = this.#credentials;
    const answer =
      credentials && answerAuthmod(this.app, description, credentials, this.#random(4), md5);
    if (answer === undefined) throw new RtmfpError("REJECTED", this.#reason(code, description));
    this.#answer = answer;
  }

  #reason(code: string, description: string): string {
    const user = this.#credentials?.user;
    if (!description.includes("authmod=")) return `connect: ${code} ${description}`.trim();
    if (user === undefined) return "the far end wants a user and a password in the URL";
    if (description.includes("reason=nosuchuser")) return `the far end knows no user "${user}"`;
    if (description.includes("reason=authfailed")) return `wrong password of user "${user}"`;
    return `the far end does not let in user "${user}": ${description}`;
  }
}
