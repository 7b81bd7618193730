/**
 * Every number of the protocol that is not negotiated, on one page, with its source.
 * What a user may want to change is an option with one of these as its default.
 */

/** RFC 7016 §3.5.1.1.1: an opening session that is not open by then has failed. */
export const OPEN_TIMEOUT_MS = 95_000;
/** RFC 7016 §3.5.1.1.1: each interval between repeated hellos or keyings is longer by this. */
export const STARTUP_BACKOFF_MS = 1_500;
/** First repetition: RFC 7016 sets no first interval; rtmfp-cpp waits 1 s. */
export const STARTUP_FIRST_INTERVAL_MS = 1_000;
/** RFC 7016 §3.5.1.1.1: REDIRECT_THRESHOLD, the candidate addresses of one opening session. */
export const MAX_CANDIDATES = 24;
/** RFC 7016 §3.5.1.1.1 recommends 8 or more; transcribed-Flash stacks read exactly 16. */
export const TAG_BYTES = 16;
/** RFC 7016 has no limit, but whoever gets a tag sends it back, unasked: all send 16 bytes or fewer. */
export const MAX_TAG_BYTES = 64;
/** RFC 7016 has no limit, but an initiator sends cookies back: those of others have 64 to 100 bytes. */
export const MAX_COOKIE_BYTES = 1_024;
/** RFC 7016 §3.5.1.1.2: not less than the open timeout. */
export const COOKIE_LIFETIME_MS = 95_000;
/**
 * An IHello may name a false source, and our answer is longer by a cookie and a certificate: so many bytes
 * a second may be added for one network. Enough for a thousand new peers a second behind one NAT, and
 * little for a flood. Above it there is no answer, and real initiators ask again.
 */
export const HELLO_ANSWER_BYTES_PER_SECOND = 524_288;
/** The same, at once: two thousand peers of one network that come back together. */
export const HELLO_ANSWER_BURST_BYTES = 1_048_576;
/** Networks whose share is remembered: some 3 MB. To be forgotten, one waits for as many others. */
export const MAX_HELLO_NETWORKS = 16_384;
/**
 * Keyings of one network that we refuse, a second: each may cost us a millisecond, and one cookie is good
 * for any number of them. Hundreds of peers with a wrong password, who repeat it, stay below; above it none
 * of the network is looked at.
 */
export const FAILED_KEYINGS_PER_SECOND = 64;
/** The same, at once. */
export const FAILED_KEYING_BURST = 512;
/** Networks whose failures are remembered: they have shown by a cookie that they are there. */
export const MAX_FAILING_NETWORKS = 4_096;
/**
 * Sessions whose far end has yet to prove that it holds the keys: one cookie is good for any number of
 * them, of 10 KB each. Thousands of openings a second whose round trip takes a second.
 */
export const MAX_HALF_OPEN = 4_096;
/** Of those, at one address: more than all peers of a home or an office open in a round trip. */
export const MAX_HALF_OPEN_PER_SOURCE = 256;
/** Of those, in one network: it takes four of them to fill the table. */
export const MAX_HALF_OPEN_PER_NETWORK = 1_024;
/**
 * Half-open for so long, a session goes if another one lacks room: its far end had two round trips of a
 * second since the Ping that it was sent at PROOF_PING_MS.
 */
export const HALF_OPEN_PATIENCE_MS = 3_000;
/**
 * So often a keying goes out before an opening session counts as ignored, 3.5 s after the first: whoever
 * seems to have answered its hello keeps no other way to the same far end closed then.
 */
export const UNANSWERED_KEYINGS = 3;
/** Packets that arrive before RIKeying and are kept until it has: as many as rtmfp-cpp keeps. */
export const MAX_EARLY_PACKETS = 18;

/** RFC 7016 §2.2.4: timestamps count 4 ms ticks. */
export const TICK_MS = 4;
/** RFC 7016 §3.5.2.2: an echo of a timestamp older than this is not sent. */
export const TIMESTAMP_ECHO_MAX_AGE_MS = 128_000;
/** RFC 7016 §3.5.2.2: effective retransmission timeout before anything is measured. */
export const ERTO_INITIAL_MS = 3_000;
/** RFC 7016 §3.5.2.2 */
export const ERTO_MIN_MS = 250;
/** RFC 7016 §3.5.2.2: the backoff stops here. */
export const ERTO_MAX_MS = 10_000;
/** RFC 7016 §3.5.2.2 */
export const ERTO_BACKOFF: number = Math.SQRT2;
/** RFC 7016 §3.5.2.2: what the far end may wait before it acknowledges. */
export const ERTO_ACK_DELAY_MS = 200;
/** No machine is so busy that what is answered at once takes longer than this and the round trip. */
export const ANSWER_MIN_MS = 100;

/** RFC 7016 §3.6.2.5: negative acknowledgements after which a fragment counts as lost. */
export const LOSS_NAK_COUNT = 3;
/** RFC 7016 §3.5.2.3: packets with user data between two acknowledgements. */
export const MAX_BURST_PACKETS = 6;
/** RFC 7016 §3.5.2.1: how long a time critical notification holds. */
export const TIME_CRITICAL_MEMORY_MS = 800;

/** RFC 7016 §3.6.3.4.1: an acknowledgement waits no longer. */
export const DELAYED_ACK_MS = 200;
/** RFC 7016 §3.6.3.4.1: packets with user data that are acknowledged together. */
export const ACK_EVERY_PACKETS = 2;
/**
 * One acknowledgement of many packets counts for at most so many of every second packet: a receiver that
 * acknowledges whatever it likes at once opens the window and lets out bursts no faster than this.
 */
export const MAX_ACKS_IN_ONE = 8;
/** RFC 7016 §3.6.2: assumed receive window before the first acknowledgement. */
export const INITIAL_WINDOW_BYTES = 65_536;
/** RFC 7016 §3.6.2.11: a completed sending flow keeps its ID for this long. */
export const SEND_FLOW_LINGER_MS = 130_000;
/** RFC 7016 §3.6.3.8: a completed receiving flow answers repetitions for this long. */
export const RECV_FLOW_LINGER_MS = 120_000;
/** RFC 7016 §3.6.2.9.1: first interval between buffer probes, then longer each time. */
export const BUFFER_PROBE_FIRST_MS = 1_000;
/** RFC 7016 §3.6.2.9.1 */
export const BUFFER_PROBE_MAX_MS = 60_000;
/** RFC 7016 §2.3.11.1.1 */
export const MAX_METADATA_BYTES = 512;

/** RFC 7016 §3.5.4.2: packets from elsewhere are answered with a Ping no more often than this. */
export const MOBILITY_PING_INTERVAL_MS = 1_000;
/** RFC 7016 §3.5.4.2: a reply to a Ping that is older proves nothing. */
export const MOBILITY_PROOF_LIFETIME_MS = 120_000;
/** Packets over a better path, or from a far end that has fallen back, are asked about at once. */
export const PATH_CHANGE_PING_INTERVAL_MS = 50;
/**
 * Pings to where a far end may be whose answers are waited for: six seconds' at that interval, and twice
 * as many as go out at once.
 */
export const MAX_PATH_QUESTIONS = 128;
/** Nothing was heard on a path for this long, and for a retransmission timeout: it has fallen silent. */
export const PATH_SILENCE_MS = 300;
/** Unanswered Pings to where a far end was before one that cannot prove where it is has moved. */
export const UNPROVEN_MOVE_PINGS = 3;

/** RFC 7016 §3.5.5: a close request is repeated at this interval … */
export const CLOSE_REPEAT_MS = 5_000;
/** … and given up after this. */
export const NEARCLOSE_TIMEOUT_MS = 90_000;
/** RFC 7016 §3.5.5: repeated close requests are answered for this long. */
export const FARCLOSE_LINGER_MS = 19_000;

/**
 * UDP payload of our datagrams until path MTU discovery says otherwise: what every IPv6 path
 * carries (1280) less IPv6, UDP and tunnel headers. QUIC chose the same number.
 */
export const DATAGRAM_BYTES = 1_200;
/** UDP payload of the largest IPv4 packet. */
export const MAX_UDP_PAYLOAD_BYTES = 65_507;
/**
 * UDP payload of the largest datagrams to the same machine, whose MTU is 65 536: together with what the
 * kernel adds, this still fits a buffer of 16 KiB. Four times as much saves a tenth of the work, but of
 * those a socket with Linux's default buffer holds three.
 */
export const SAME_MACHINE_DATAGRAM_BYTES = 15_872;
/** RFC 8899 §5.1.2: MAX_PROBES, after which a size that was not confirmed counts as too large. */
export const MTU_MAX_PROBES = 3;
/** RFC 8899 §5.1.1: PMTU_RAISE_TIMER, after which larger sizes are tried again. */
export const MTU_RAISE_MS = 600_000;
/** Large packets lost in a row, while smaller ones arrive: the path carries less than it did. */
export const BLACK_HOLE_LOSSES = 6;
/** UDP payload of startup datagrams: a certificate and keying with large groups must fit. */
export const STARTUP_DATAGRAM_BYTES = 1_472;
/** UDP payload that passes everywhere: every IPv4 host takes packets of 576 bytes, RFC 791 §3.1. */
export const SMALL_DATAGRAM_BYTES = 548;
/** RFC 7016 §3.4: packets that may go to somebody within 200 ms while nothing is known of the path … */
export const MAX_STARTUP_PACKETS_AT_ONCE = 4;
/** … and their bytes, less what is added to the packet that they carry together. */
export const MAX_STARTUP_PACKET_BYTES = 4_256;

/** Chunks of a startup packet that are read, such as Redirects: more only costs us signatures and hashes. */
export const MAX_STARTUP_CHUNKS = 4;
/** RFC 7016 §3.4 wants a limit to reassembled packets; no startup packet of anybody is larger. Bytes. */
export const MAX_REASSEMBLED_BYTES = 8_192;
/** Fragments of one packet: more would be smaller than any path wants them. */
export const MAX_PACKET_FRAGMENTS = 32;
/** Packets being reassembled: RFC 7016 §3.4 says hundreds for a busy server; at most 2 MiB. */
export const MAX_REASSEMBLIES = 256;
/** Of those, from one host, so that none pushes out what the others send. */
export const MAX_REASSEMBLIES_PER_SOURCE = 32;
/** RFC 7016 §3.4: a packet without a new fragment for this long is given up. */
export const REASSEMBLY_PROGRESS_MS = 1_000;
/** RFC 7016 §3.4: how long it may take in all. */
export const REASSEMBLY_LIFETIME_MS = 60_000;

/** Where the timeout allows, as many Pings are lost before a session counts as dead. */
export const PINGS_BEFORE_DEATH = 8;
/** Default: an endpoint that has heard nothing of a session for this long asks. */
export const KEEPALIVE_MS = 10_000;
/** A far end that opened a session and is silent is asked after this: then its answer is due. */
export const PROOF_PING_MS = 1_000;
/** A Ping that somebody wants the round trip of is lost when it was not answered by then. */
export const PING_TIMEOUT_MS = 5_000;
/** As many of those may wait for their answers: users that ask faster than that ask too often. */
export const MAX_PINGS = 64;
/** Default: a session whose far end owes us an answer for this long is dead. */
export const RETRANSMIT_LIMIT_MS = 20_000;
/** Default: a session whose far end owes us an answer for this long asks for it elsewhere. */
export const ELSEWHERE_MS = 5_000;
/** Default: open sessions of one endpoint. Whoever has most of them makes room for others: `Admission`. */
export const MAX_SESSIONS = 65_536;
/** Default: of those, opened from one address. A town behind a carrier's NAT fits. */
export const MAX_SESSIONS_PER_ADDRESS = 4_096;
/** Opening sessions of one endpoint. */
export const MAX_OPENINGS = 1_024;

/** Receiving flows of one session, the lingering among them. A far end decides how many it opens. */
export const MAX_RECV_FLOWS = 1_024;
/** Sending flows of one session, the lingering among them. */
export const MAX_SEND_FLOWS = 1_024;
/** Ranges of one receiving flow's sequence set: more gaps than any window of ours has packets. */
export const MAX_SEQUENCE_RANGES = 1_024;
/** Bookkeeping of one of those, counted against the receive budget, as there may be many flows. Bytes. */
export const SEQUENCE_RANGE_BYTES = 64;
/**
 * RFC 7016 §2.3.11 sets no limit to sequence numbers. A million fragments a second reach this after
 * nine years; close to 2^53 counting on would not change a number any more.
 */
export const MAX_SEQUENCE_NUMBER: number = 2 ** 48;
/** Control chunks waiting in one session; replies beyond it are dropped, the far end asks again. */
export const MAX_CONTROL_CHUNKS = 64;
/** A receiving flow's buffer for what waits; a message in progress has room besides. Bytes. */
export const RECV_BUFFER_BYTES = 2_097_152;
/**
 * What all receiving flows of a session hold together, bookkeeping included: as much as ten of them may, and
 * a message, or two messages. Bytes.
 */
export const RECV_BUDGET_BYTES = 44_040_192;
/** Of that, for messages in progress: the longest one, in fragments of 1 KB. Bytes. */
export const MESSAGE_BUDGET_BYTES = 22_020_096;
/** RTMP messages have 24-bit lengths, RTMFP messages of TC none: the same limit for both. */
export const MAX_MESSAGE_BYTES = 0xff_ffff;
/**
 * A message of somebody whom a server has not answered yet: a `connect` has some hundred bytes; one with
 * certificates and tokens has some thousand.
 */
export const MAX_STRANGER_BYTES = 65_536;
/**
 * Fragments may be empty, so a message's length does not bound their number: the longest message in
 * fragments of 256 bytes, a fifth of what anybody sends.
 */
export const MAX_MESSAGE_FRAGMENTS = 65_536;
/**
 * What a sending flow may hold unacknowledged before `send` refuses, bookkeeping included: the longest
 * message, and seconds of any video behind it. Bytes.
 */
export const SEND_BUFFER_BYTES = 33_554_432;
/** Bookkeeping of one queued fragment and its message: a message of 12 bytes takes 500. Bytes. */
export const QUEUED_FRAGMENT_BYTES = 512;
/**
 * What a fragment that waits takes of its flow's receive window, beside its data. Not what it takes of the
 * memory: a sender counts its chunks, of which some have a header of four bytes, and what the window let
 * it send is to find room behind a gap, or all of it has to be sent again. Bytes.
 */
export const FRAGMENT_OVERHEAD_BYTES = 64;
/** Bookkeeping of one buffered fragment, as measured, counted against the receive budget. Bytes. */
export const BUFFERED_FRAGMENT_BYTES = 320;
/**
 * Behind the barriers of one group of flows: the buffers of a few flows, each of which may come out at
 * once. Bookkeeping included. Bytes.
 */
export const MAX_HELD_BYTES = 8_388_608;
