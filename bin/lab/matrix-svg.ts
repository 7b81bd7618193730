import type { MatrixCell } from "./matrix-text.ts";

/** The matrix as a heat map: green for direct, yellow for slow, blue for the relay. */
export function matrixSvg(keys: readonly string[], cells: readonly MatrixCell[]): string {
  const size = MARGIN + keys.length * CELL;
  const rows = keys.map((key, index) => label(key, MARGIN - 8, centre(index), "end"));
  const columns = keys.map((key, index) => {
    const [x, y] = [centre(index), MARGIN - 8];
    return `<text transform="translate(${x} ${y}) rotate(-60)">${key}</text>`;
  });
  const boxes = cells.map((cell) => boxOf(cell, keys));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size + 40} ${size + 90}" font-family="system-ui, sans-serif" font-size="11" fill="#1c2733">
<title>How two peers meet, by the NATs that they are behind</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${[...rows, ...columns, ...boxes, ...legend(size)].join("\n")}
</svg>
`;
}

function boxOf(cell: MatrixCell, keys: readonly string[]): string {
  const [column, row] = [keys.indexOf(cell.column), keys.indexOf(cell.row)];
  const { ways, direct, directMs, firstMessageMs } = cell.summary;
  const [x, y] = [MARGIN + column * CELL, MARGIN + row * CELL];
  const other = ways.tcp > ways.relay ? "TCP" : "relay";
  const what = direct >= 0.5 ? seconds(directMs) : ways.none > 0 ? "lost" : other;
  const percent = Math.round(direct * 100);
  const title = `${cell.row} × ${cell.column}: direct ${percent} %, first message after ${Math.round(firstMessageMs ?? -1)} ms, in theory ${cell.expected}`;
  return [
    `<g><title>${title}</title>`,
    `<rect x="${x + 1}" y="${y + 1}" width="${CELL - 2}" height="${CELL - 2}" rx="4" fill="${colourOf(cell)}"/>`,
    `<text x="${x + CELL / 2}" y="${y + CELL / 2 - 2}" text-anchor="middle" font-weight="600">${percent}</text>`,
    `<text x="${x + CELL / 2}" y="${y + CELL / 2 + 11}" text-anchor="middle" font-size="9">${what}</text></g>`,
  ].join("");
}

function colourOf({ summary: { ways, direct, directMs = 0 } }: MatrixCell): string {
  if (ways.none > 0) return LOST;
  if (direct < 0.5) return ways.tcp > ways.relay ? TCP : RELAY;
  return SPEEDS.find(({ ms }) => directMs <= ms)?.colour ?? SLOWEST;
}

function legend(size: number): string[] {
  const entries = [
    ...SPEEDS.map(({ ms, colour }) => ({ colour, text: `direct within ${seconds(ms)}` })),
    { colour: SLOWEST, text: "direct, later" },
    { colour: TCP, text: "TCP between the two" },
    { colour: RELAY, text: "over the relay" },
    { colour: LOST, text: "some did not meet" },
  ];
  return entries.flatMap(({ colour, text }, index) => {
    const [x, y] = [16 + (index % 3) * 190, size + 22 + Math.floor(index / 3) * 24];
    return [
      `<rect x="${x}" y="${y}" width="14" height="14" rx="3" fill="${colour}"/>`,
      label(text, x + 20, y + 11, "start"),
    ];
  });
}

function label(text: string, x: number, y: number, anchor: "start" | "end"): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`;
}

function centre(index: number): number {
  return MARGIN + index * CELL + CELL / 2 + 4;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "–" : `${(ms / 1_000).toFixed(1)} s`;
}

const MARGIN = 150;
const CELL = 44;

const SPEEDS = [
  { ms: 500, colour: "#7fcf8a" },
  { ms: 2_000, colour: "#b9dd7a" },
] as const;
const SLOWEST = "#f2d45c";
const TCP = "#7fc8c9";
const RELAY = "#8db8ea";
const LOST = "#e58a83";
