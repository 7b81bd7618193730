import fc from "fast-check";
import {
  AmfExternalizable,
  AmfMixedArray,
  type AmfTraits,
  AmfVector,
  AmfWeakDictionary,
  AmfXml,
  amfTraits,
} from "../../protocol/amf/amf3-value.ts";
import {
  AmfDate,
  type AmfObject,
  type AmfValue,
  AmfXmlDocument,
  amfClassName,
  createAmfObject,
} from "../../protocol/amf/value.ts";

const text = fc.string({ unit: "grapheme", maxLength: 8 });
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });

const anyLeaf: fc.Arbitrary<AmfValue> = fc.oneof(
  fc.constantFrom(undefined, null, true, false),
  fc.integer(),
  fc.integer({ min: -0x1000_0001, max: 0x1000_0001 }),
  fc.double(),
  text,
  fc.double().map((ms) => new AmfDate(ms)),
  text.map((xml) => new AmfXml(xml)),
  text.map((xml) => new AmfXmlDocument(xml)),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Uint8Array.from(bytes)),
  fc
    .tuple(
      fc.oneof(
        fc.array(fc.integer(), { maxLength: 4 }).map((items) => Int32Array.from(items)),
        fc.array(fc.nat(0xffff_ffff), { maxLength: 4 }).map((items) => Uint32Array.from(items)),
        fc.array(fc.double(), { maxLength: 4 }).map((items) => Float64Array.from(items)),
      ),
      fc.boolean(),
    )
    .map(([items, isFixed]) => new AmfVector(items, isFixed)),
);

/** Objects of these classes share their traits. */
const CLASSES: readonly AmfTraits[] = [
  { className: "", sealed: [], isDynamic: false },
  { className: "org.example.Point", sealed: ["x", "y"], isDynamic: false },
  { className: "org.example.Bag", sealed: ["", "size", "__proto__"], isDynamic: true },
];

function objectOf(pairs: readonly (readonly [string, AmfValue])[]): AmfObject {
  const object = createAmfObject();
  for (const [key, value] of pairs) object[key] = value;
  return object;
}

function sealedObject(traits: AmfTraits, values: AmfValue[], more: AmfObject): AmfObject {
  const object = createAmfObject();
  if (traits.className !== "") object[amfClassName] = traits.className;
  object[amfTraits] = traits;
  traits.sealed.forEach((key, index) => {
    object[key] = values[index];
  });
  if (!traits.isDynamic) return object;
  for (const key of Object.keys(more)) if (!traits.sealed.includes(key)) object[key] = more[key];
  return object;
}

/** Any AMF3 tree, as decoding answers it. */
export const anyAmf3: fc.Arbitrary<AmfValue> = fc.letrec<{
  value: AmfValue;
  list: AmfValue[];
  members: AmfObject;
}>((tie) => ({
  list: fc.array(tie("value"), { maxLength: 3 }),
  members: fc.array(fc.tuple(name, tie("value")), { maxLength: 3 }).map(objectOf),
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    anyLeaf,
    tie("list"),
    tie("members"),
    fc
      .tuple(name, tie("members"))
      .map(([className, members]) => Object.assign(members, { [amfClassName]: className })),
    fc
      .tuple(fc.constantFrom(...CLASSES), fc.array(tie("value"), { maxLength: 3 }), tie("members"))
      .map(([traits, values, more]) => sealedObject(traits, values, more)),
    fc
      .tuple(tie("list"), name, tie("value"), tie("members"))
      .map(
        ([dense, key, value, more]) =>
          new AmfMixedArray(dense, objectOf([...Object.entries(more), [key, value]])),
      ),
    fc
      .tuple(tie("list"), fc.boolean(), text)
      .map(([items, isFixed, typeName]) => new AmfVector(items, isFixed, typeName)),
    fc
      .array(fc.tuple(fc.oneof(anyLeaf, tie("value")), tie("value")), { maxLength: 3 })
      .chain((entries) => fc.constantFrom(new Map(entries), new AmfWeakDictionary(entries))),
    fc
      .tuple(fc.constantFrom("ArrayCollection", "ArrayList", "ObjectProxy"), tie("value"))
      .map(([kind, body]) => new AmfExternalizable(`flex.messaging.io.${kind}`, body)),
  ),
})).value;
