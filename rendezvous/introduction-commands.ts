import type { AmfObject, AmfValue } from "../protocol/amf/value.ts";
import { Refusal } from "./refusal.ts";
import type { ConnectedPeer } from "./registry/connected-peer.ts";
import { readPeerId, readSignal } from "./registry/contact.ts";
import type { Introducible, Registry } from "./registry/registry.ts";

/** How peers get to know each other by commands: with certificate and contact, docs/relay.md. */
export class IntroductionCommands {
  readonly #registry: Registry;
  #introductions = 0;
  #signals = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  get stats(): { readonly introductions: number; readonly signals: number } {
    return { introductions: this.#introductions, signals: this.#signals };
  }

  /** Answers who the other one is; that one is told of the caller at once. Throws Refusal. */
  introduce(caller: ConnectedPeer, [peerId]: readonly AmfValue[], now: number): AmfObject {
    if (!caller.mayIntroduce(now)) throw new Refusal("TOO_FAST", "wait a second");
    const other = this.#find(caller, peerId);
    this.#introductions += 1;
    other.notify("onIntroduce", caller.introduction, now);
    return other.introduction;
  }

  /** Passes something on that the server does not read. Throws Refusal. */
  signal(caller: ConnectedPeer, [peerId, value]: readonly AmfValue[], now: number): AmfObject {
    if (!caller.maySignal(now)) throw new Refusal("TOO_FAST", "wait a second");
    const payload = readSignal(value);
    const other = this.#find(caller, peerId);
    this.#signals += 1;
    other.notify("onSignal", { peerId: caller.id, payload }, now);
    return {};
  }

  #find(caller: ConnectedPeer, peerId: AmfValue): Introducible {
    const id = readPeerId(peerId);
    let found: Introducible | undefined;
    if (id !== caller.id) {
      this.#registry.find(id, (peer) => {
        found = peer;
      });
    }
    if (!found) throw new Refusal("NOT_FOUND", "there is no such peer");
    return found;
  }
}
