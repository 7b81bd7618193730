import assert from "node:assert/strict";
import type { PacketHash } from "./ffmpeg.ts";

/**
 * Asserts that what was played is the end of the source: of both streams without a hole, byte for
 * byte, on the source's time, and sound with the first picture. Answers how many pictures of the
 * source came before it.
 */
export function missedPictures(
  played: readonly PacketHash[],
  source: readonly PacketHash[],
): number {
  const pictures = played.filter(isPicture);
  const sounds = played.filter((packet) => !isPicture(packet));
  const allPictures = source.filter(isPicture);
  const allSounds = source.filter((packet) => !isPicture(packet));
  assert.ok(pictures.length > 0 && sounds.length > 0, "something was played");
  const missed = allPictures.length - pictures.length;
  const shown = allPictures.slice(-pictures.length);
  const heard = allSounds.slice(-sounds.length);
  // Players count from their first timestamp.
  const shift = (shown[0]?.dts ?? 0) - (pictures[0]?.dts ?? 0);
  assert.deepEqual(
    pictures.map((packet) => shifted(packet, shift)),
    shown,
  );
  assert.deepEqual(
    sounds.map((packet) => shifted(packet, shift)),
    heard,
  );
  const apart = Math.abs((heard[0]?.dts ?? 0) - (shown[0]?.dts ?? 0));
  assert.ok(apart < 100, `sound starts ${apart} ms from the first picture`);
  return missed;
}

function isPicture(packet: PacketHash): boolean {
  return packet.stream === 0;
}

function shifted(packet: PacketHash, shift: number): PacketHash {
  return { ...packet, dts: packet.dts + shift, pts: packet.pts + shift };
}
