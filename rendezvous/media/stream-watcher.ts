/** Hears which streams are published. */
export interface StreamWatcher {
  /** `type`: what the publisher said, "live", "record" or "append". */
  onPublish(app: string, name: string, type: string, now: number): void;
  onUnpublish(app: string, name: string): void;
  /** Somebody has started or stopped to play it, and is in the middle of that. */
  onPlayers?(app: string, name: string): void;
}
