import type { RtmfpError } from "../protocol/errors.ts";
import type { Playable, Publisher } from "../protocol/tc/live-stream.ts";
import { failure, type Status } from "../protocol/tc/status.ts";
import type { Peer } from "./peer.ts";
import { RemoteStream } from "./remote-stream.ts";
import type { StreamSource } from "./stream-source.ts";
