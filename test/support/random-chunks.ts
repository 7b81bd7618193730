import { Reader } from "../../protocol/bytes/reader.ts";
import { SequenceSet } from "../../protocol/bytes/sequence-set.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import { Origin } from "../../protocol/wire/address.ts";
import { writeAcknowledgement } from "../../protocol/wire/chunks/acknowledgement.ts";
import { writeBufferProbe } from "../../protocol/wire/chunks/buffer-probe.ts";
import { writeFIHello } from "../../protocol/wire/chunks/fihello.ts";
import { writeFlowException } from "../../protocol/wire/chunks/flow-exception.ts";
import { writePing } from "../../protocol/wire/chunks/ping.ts";
import {
  writeSessionCloseAck,
  writeSessionCloseRequest,
} from "../../protocol/wire/chunks/session-close.ts";
import {
  encodeUserDataOptions,
  type FragmentControl,
  type OutgoingUserData,
  writeNextUserData,
  writeUserData,
} from "../../protocol/wire/chunks/user-data.ts";
import { readPacketHeader } from "../../protocol/wire/packet.ts";
import type { Prng } from "../lab/index.ts";

/** A packet with the header of `packet`, and chunks that are each well-formed and make no sense. */
export function randomChunks(packet: Uint8Array, random: Prng): Uint8Array {
  const reader = new Reader(packet);
  readPacketHeader(reader);
  const writer = new Writer(512);
  writer.put(packet.subarray(0, reader.position));
  // Its reply fits just so, or just not.
  if (random.chance(0.05)) writePing(writer, random.bytes(1_130 + random.below(40)));
  while (writer.length < 900 && random.chance(0.9)) writeAny(writer, random);
  return writer.finish();
}

function writeAny(writer: Writer, random: Prng): void {
  const kind = random.below(100);
  const flowId = random.below(6);
  if (kind < 35) writeUserData(writer, anyData(random));
  else if (kind < 55) writeNextUserData(writer, anyData(random));
  else if (kind < 75) writeAcknowledgement(writer, flowId, anyNumber(random), anySet(random));
  else if (kind < 82) writeBufferProbe(writer, flowId);
  else if (kind < 86) writeFlowException(writer, { flowId, exceptionCode: anyNumber(random) });
  else if (kind < 92) writePing(writer, random.bytes(random.below(600)));
  else if (kind < 98) {
    const replyAddress = { ip: "10.0.0.77", port: random.below(65_536), origin: Origin.relay };
    const endpointDiscriminator = random.bytes(random.below(40));
    writeFIHello(writer, { endpointDiscriminator, replyAddress, tag: random.bytes(16) });
  } else if (kind < 99) writeSessionCloseRequest(writer);
  else if (random.chance(0.2)) writeSessionCloseAck(writer);
}

/** Small ones often, the largest now and then. */
function anyNumber(random: Prng): number {
  const size = random.below(10);
  if (size < 8) return random.below(40);
  return size === 8 ? random.u32() : Number.MAX_SAFE_INTEGER - random.below(3);
}

function anyData(random: Prng): OutgoingUserData {
  const sequenceNumber = 1 + anyNumber(random);
  const back = random.chance(0.5) ? Math.min(sequenceNumber, anyNumber(random)) : sequenceNumber;
  const options = { metadata: random.bytes(random.below(20)), returnAssociation: undefined };
  const returnAssociation = random.chance(0.3) ? random.below(6) : undefined;
  return {
    flowId: random.below(6),
    sequenceNumber,
    forwardSequenceNumber: sequenceNumber - back,
    control: random.below(4) as FragmentControl,
    abandoned: random.chance(0.1),
    final: random.chance(0.02),
    encodedOptions: random.chance(0.4)
      ? encodeUserDataOptions({ ...options, returnAssociation })
      : undefined,
    data: random.bytes(random.below(200)),
  };
}

function anySet(random: Prng): SequenceSet {
  const set = new SequenceSet(50);
  if (random.chance(0.5)) set.addThrough(anyNumber(random));
  for (let count = random.below(30); count > 0; count -= 1) set.add(1 + random.below(100));
  return set;
}
