import type { PeerStatus, ServerStatus } from "../status.ts";
import { escapeHtml } from "./escape.ts";
import { pageStyle } from "./page-style.ts";

/** The status page: complete in itself, loads itself again. `rtmfpHost`: `host:port` for peers. */
export function renderPage(status: ServerStatus, rtmfpHost: string): string {
  const { counts } = status;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>rtmfp rendezvous</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>rtmfp rendezvous</h1>
<p class="soft">up for ${duration(status.uptimeSeconds)}</p>
<section class="counts">
${count(counts.peers, "peers")}
${count(counts.pairs, "pairs")}
${count(counts.waiting, "waiting")}
${count(counts.streams, "streams")}
${count(counts.introductions, "introductions")}
</section>
<dl>
<dt>RTMFP (UDP)</dt><dd><code>${escapeHtml(status.rtmfp.join(", "))}</code></dd>
<dt>RTMP (TCP)</dt><dd><code>${escapeHtml([...status.rtmp, ...status.rtmps].join(", ") || "nowhere")}</code></dd>
<dt>HTTP (TCP)</dt><dd><code>${escapeHtml(status.http.join(", "))}</code></dd>
<dt>Relay</dt><dd>${relayOf(status)}</dd>
<dt>Fingerprint</dt><dd><code>${escapeHtml(status.fingerprint)}</code></dd>
</dl>
${peersSection(status)}
${pairsSection(status)}
${streamsSection(status)}
${forwardsSection(status)}
${linesToCopy(rtmfpHost)}
<p class="soft">The same as <a href="/api/status">JSON</a>.</p>
</body>
</html>
`;
}

function count(value: number, label: string): string {
  return `<div><b>${value}</b>${label}</div>`;
}

function relayOf({ relay }: ServerStatus): string {
  if (!relay) return "off";
  const dropped = relay.droppedSlow + relay.droppedLimited + relay.droppedUnknown;
  return `${relay.tunnels} peers, ${relay.forwarded} datagrams passed on, ${dropped} dropped`;
}

function peersSection({ peers, counts }: ServerStatus): string {
  const rows = peers.map((peer) => [
    `<code title="${escapeHtml(peer.id)}">${shortId(peer.id)}</code>`,
    escapeHtml(peer.app),
    `<code>${escapeHtml(peer.address)}</code>`,
    natOf(peer),
    peer.roundTripMs === undefined ? "–" : `${peer.roundTripMs.toFixed(1)} ms`,
    duration(peer.connectedSeconds),
  ]);
  const heads = ["Peer", "Application", "Address", "NAT", "Round trip", "Connected for"];
  return section("Peers", heads, rows, counts.peers);
}

function natOf({ behindNat }: PeerStatus): string {
  if (behindNat === undefined) return "?";
  return behindNat ? '<span class="nat">yes</span>' : "no";
}

function pairsSection({ pairs, counts }: ServerStatus): string {
  const rows = pairs.map((pair) =>
    pair.map((id) => `<code title="${escapeHtml(id)}">${shortId(id)}</code>`),
  );
  return section("Pairs", ["Initiator", "Responder"], rows, counts.pairs);
}

function streamsSection({ streams, counts }: ServerStatus): string {
  const rows = streams.map(({ app, name, isLive, players }) => [
    escapeHtml(app),
    escapeHtml(name),
    isLive ? '<span class="live">live</span>' : "awaited",
    String(players),
  ]);
  const heads = ["Application", "Stream", "State", "Players"];
  return section("Streams on this server", heads, rows, counts.streams);
}

function forwardsSection({ forwards }: ServerStatus): string {
  if (forwards.length === 0) return "";
  const rows = forwards.map(({ kind, app, name, url, state, error }) => [
    escapeHtml(`${app}/${name}`),
    kind === "push" ? "to" : "from",
    `<code>${escapeHtml(url)}</code>`,
    escapeHtml(error === undefined ? state : `${state}: ${error}`),
  ]);
  const heads = ["Stream", "", "Server", "State"];
  return section("Pushed and pulled", heads, rows, forwards.length);
}

/** `rows` hold HTML. */
function section(
  title: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  total: number,
): string {
  const more = total > rows.length ? `<p class="soft">and ${total - rows.length} more</p>` : "";
  const head = heads.map((text) => `<th>${text}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`);
  const table = `<div class="scroll"><table>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join("\n")}
</tbody>
</table></div>`;
  const content = rows.length === 0 ? '<p class="soft">none</p>' : table + more;
  return `<h2>${title}</h2>\n${content}`;
}

function linesToCopy(rtmfpHost: string): string {
  const lines: readonly (readonly [string, string])[] = [
    [
      "A peer that is paired with a stranger, with an RTMP gateway for your programs:",
      `rtmfp peer --rendezvous rtmfp://${rtmfpHost}/chat --pair --rtmp ${GATEWAY}`,
    ],
    ["Send it a video:", `ffmpeg -re -i clip.flv -c copy -f flv rtmp://${GATEWAY}/local/cam`],
    ["On the other peer's machine, watch it:", `ffplay rtmp://${GATEWAY}/pair/cam`],
  ];
  const items = lines.map(
    ([what, line]) => `<p>${escapeHtml(what)}</p>\n<pre>${escapeHtml(line)}</pre>`,
  );
  return `<h2>Try it</h2>\n${items.join("\n")}`;
}

function shortId(id: string): string {
  return escapeHtml(id.slice(0, 8));
}

function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const days = Math.floor(whole / 86_400);
  const clock = [Math.floor(whole / 3_600) % 24, Math.floor(whole / 60) % 60, whole % 60]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  return days > 0 ? `${days} d ${clock}` : clock;
}

const REFRESH_SECONDS = 3;
/** Where the lines to copy have the gateway; not the port of a server on the same machine. */
const GATEWAY = "127.0.0.1:1936";
