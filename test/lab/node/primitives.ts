import type { Group, Primitives } from "../../../protocol/crypto/primitives.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";

/** The real cryptography, with randomness from `random` alone: keys are the same in every run, too. */
export function labPrimitives(random: Primitives["random"]): Primitives {
  return {
    ...nodePrimitives,
    random,
    group(id) {
      const group = nodePrimitives.group(id);
      return group && seeded(group, random);
    },
  };
}

/** Any bytes of the right number are a private key. */
function seeded(group: Group, random: Primitives["random"]): Group {
  return { ...group, generate: () => group.restore(random(privateKeyBytes(group))) };
}

function privateKeyBytes(group: Group): number {
  const known = lengths.get(group.id);
  if (known !== undefined) return known;
  const { length } = group.generate().exportPrivateKey();
  lengths.set(group.id, length);
  return length;
}

/** BOUNDED: by the groups that there are. */
const lengths = new Map<number, number>();
