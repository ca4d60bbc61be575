/** Line charts as SVG, by hand: small multiples over a logarithmic number of Jobs, legible on light and on dark pages. */

export interface Series {
  readonly label: string;
  /** x is over zero; in ascending order. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
}

const PANEL = { width: 400, height: 220, left: 46, right: 96, top: 40, bottom: 30 } as const;
const COLUMNS = 2;
const HEADER = 36;
/** Least distance between two labels at the ends of lines. */
const LABEL_STEP = 13;
const MOST_GRID_LINES = 5;

/** A page's own colours are unknown to a picture: it brings its ground along. */
const STYLE = `
  text { font: 11px system-ui, sans-serif; fill: #57606a }
  .title { font-weight: 600; font-size: 13px; fill: #1f2328 } .unit { font-weight: 400; font-size: 11px; fill: #57606a }
  .ground { fill: #ffffff } .grid { stroke: #d8dee4; stroke-width: 1 }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round } .dot { stroke: none }
  .c0 { stroke: #0969da; fill: #0969da } .c1 { stroke: #bc4c00; fill: #bc4c00 } .c2 { stroke: #1a7f37; fill: #1a7f37 } .c3 { stroke: #8250df; fill: #8250df }
  .line { fill: none } .label { stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 } .title { fill: #f0f6fc } .unit { fill: #9198a1 } .ground { fill: #0d1117 } .grid { stroke: #30363d }
    .c0 { stroke: #58a6ff; fill: #58a6ff } .c1 { stroke: #f0883e; fill: #f0883e } .c2 { stroke: #56d364; fill: #56d364 } .c3 { stroke: #d2a8ff; fill: #d2a8ff }
    .line { fill: none } .label { stroke: none }
  }`;

/** @throws RangeError when there is nothing to draw */
export function chartOf(title: string, panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const width = PANEL.width * Math.min(COLUMNS, panels.length);
  const height = HEADER + PANEL.height * rows;
  const drawn = panels.map((panel, index) => {
    const x = (index % COLUMNS) * PANEL.width;
    const y = HEADER + Math.floor(index / COLUMNS) * PANEL.height;
    return `<g transform="translate(${x} ${y})">${drawPanel(panel)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<title>${escape(title)}</title>
<style>${STYLE}
</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="title" x="12" y="22">${escape(title)}</text>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel({ title, unit, series }: Panel): string {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) throw new RangeError(`there is nothing to draw in "${title}"`);
  const xs = [...new Set(points.map(([x]) => x))].toSorted((left, right) => left - right);
  const step = gridStep(Math.max(...points.map(([, y]) => y)));
  const lines = Math.ceil(Math.max(...points.map(([, y]) => y)) / step) || 1;
  const floor = PANEL.height - PANEL.bottom;
  const end = PANEL.width - PANEL.right;
  const [first = 1, last = first] = [xs[0], xs.at(-1)];
  const atX = (x: number): number => (last === first ? (PANEL.left + end) / 2 : PANEL.left + ((end - PANEL.left) * Math.log(x / first)) / Math.log(last / first));
  const atY = (y: number): number => floor - ((floor - PANEL.top) * y) / (step * lines);
  const grid = Array.from({ length: lines + 1 }, (_, index) => {
    const y = round(atY(index * step));
    return `<line class="grid" x1="${PANEL.left}" x2="${end}" y1="${y}" y2="${y}"/><text x="${PANEL.left - 6}" y="${y + 4}" text-anchor="end">${number(index * step)}</text>`;
  });
  const ticks = xs.map((x) => `<text x="${round(atX(x))}" y="${floor + 16}" text-anchor="middle">${number(x)}</text>`);
  const heights = spread(series.map(({ points: own }) => atY(own.at(-1)?.[1] ?? 0)));
  const curves = series.map(({ label, points: own }, index) => {
    const path = own.map(([x, y]) => `${round(atX(x))},${round(atY(y))}`);
    const dots = path.map((at) => `<circle class="dot c${index}" cx="${at.replace(',', '" cy="')}" r="3"/>`);
    return `<polyline class="line c${index}" points="${path.join(' ')}"/>${dots.join('')}<text class="label c${index}" x="${end + 10}" y="${round((heights[index] ?? 0) + 4)}">${escape(label)}</text>`;
  });
  return `<text class="title" x="12" y="20">${escape(title)}<tspan class="unit" dx="8">${escape(unit)}</tspan></text>${[...grid, ...ticks, ...curves].join('')}`;
}

/** 1, 2 or 5 times a power of ten, so that at most five lines reach over the largest value. */
function gridStep(largest: number): number {
  if (largest <= 0) return 1;
  const least = largest / MOST_GRID_LINES;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}

/** Moves what is too close apart, downwards, and keeps the order. */
function spread(heights: readonly number[]): readonly number[] {
  const order = heights.map((_, index) => index).toSorted((left, right) => (heights[left] ?? 0) - (heights[right] ?? 0));
  const moved = [...heights];
  let last = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    last = Math.max(heights[index] ?? 0, last + LABEL_STEP);
    moved[index] = last;
  }
  return moved;
}

const round = (value: number): number => Math.round(value * 10) / 10;
const number = (value: number): string => Number(value.toPrecision(6)).toLocaleString('en');
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
