/**
 * Which of several video tracks says where groups of pictures begin: the first that has a keyframe, as
 * long as it goes on. The keyframes of the others come within its groups.
 */
export class LeadTrack {
  #lead: number | undefined;
  /** Keyframes of others since its last one. */
  #others = 0;

  /** A keyframe of these tracks has come; does a group of pictures begin here? */
  leads(trackIds: readonly number[]): boolean {
    if (this.#lead === undefined || trackIds.includes(this.#lead)) {
      this.#lead ??= trackIds[0];
      this.#others = 0;
      return true;
    }
    this.#others += 1;
    if (this.#others <= MAX_OTHERS) return false;
    this.clear();
    return this.leads(trackIds);
  }

  /** Another publisher may have other tracks. */
  clear(): void {
    this.#lead = undefined;
    this.#others = 0;
  }
}

/** More keyframes of others than there are tracks in sensible streams: the lead has ended. */
const MAX_OTHERS = 16;
