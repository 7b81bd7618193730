import type { Alarm } from "../../protocol/io.ts";
import type { PeerPlatform } from "../platform.ts";

/** Notices that this machine has other IP addresses than before: no system tells programs unasked. */
export class InterfaceWatch {
  readonly #platform: Pick<PeerPlatform, "io" | "interfaces">;
  readonly #onChange: () => void;
  readonly #alarm: Alarm;
  #known: string;

  constructor(platform: Pick<PeerPlatform, "io" | "interfaces">, onChange: () => void) {
    this.#platform = platform;
    this.#onChange = onChange;
    this.#alarm = platform.io.alarm(() => this.#look());
    this.#known = this.#addresses();
    this.#wait();
  }

  close(): void {
    this.#alarm.set(Number.POSITIVE_INFINITY);
  }

  #look(): void {
    const addresses = this.#addresses();
    const isChanged = addresses !== this.#known;
    this.#known = addresses;
    this.#wait();
    if (isChanged) this.#onChange();
  }

  #addresses(): string {
    return this.#platform
      .interfaces()
      .toSorted((one, other) => one.localeCompare(other))
      .join(" ");
  }

  #wait(): void {
    this.#alarm.set(this.#platform.io.now() + PERIOD_MS);
  }
}

/** A path that died with its interface is noticed within 3 s at traffic; this is as soon. */
const PERIOD_MS = 2_000;
