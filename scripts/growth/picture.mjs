import { linearAxis, logAxis, valuesAxis } from './axis.mjs';

/**
 * What was measured at one place: the figure, the least and the most of all measurements of it.
 * @typedef {{ x: number, y: number, low: number, high: number, isHeldBack: boolean }} Mark
 * @typedef {{ name: string, marks: Mark[] }} Line
 *
 * @typedef {object} Panel
 * @property {string} title What is shown, with its unit.
 * @property {boolean} [isLog] Whether the y axis is logarithmic; else it begins at 0.
 * @property {(value: number) => string} format For values of the y axis.
 * @property {Line[]} lines Two at most.
 *
 * @typedef {object} Picture
 * @property {string} title What is seen, in one sentence.
 * @property {string} x What grows.
 * @property {(value: number) => string} formatX
 * @property {Panel[]} panels Side by side.
 * @property {string} note Below all.
 */

const WIDTH = 900;
const HEIGHT = 336;
const EDGE = 16;
/** Of the plots: below the titles, above the names of the x axis, right of those of the y axis. */
const [TOP, BOTTOM, LEFT] = [92, 262, 56];
const GAP = 20;
/** Room right of the last mark, so that its name on the x axis stays inside. */
const PAD = 16;
/** Of the names of values, and the blank between two of them. */
const LETTER = 8;

const STYLE = `
text { font: 12px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.panel { font-weight: 600 }
.note, .tick { fill: #59636e }
.ground { fill: #ffffff }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
.range { stroke-width: 1 }
.a { stroke: #0969da; fill: #0969da }
.b { stroke: #bc4c00; fill: #bc4c00 }
.line.a, .line.b { fill: none }
.hollow { fill: #ffffff; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.note, .tick { fill: #9198a1 }
.ground, .hollow { fill: #0d1117 }
.grid { stroke: #3d444d }
.a { stroke: #58a6ff; fill: #58a6ff }
.b { stroke: #f0883e; fill: #f0883e }
.line.a, .line.b { fill: none }
.hollow.a, .hollow.b { fill: #0d1117 }
}
`.trim();

/**
 * A picture as the text of an SVG file, light or dark as its reader's pages are.
 * @param {Picture} picture
 */
export function draw(picture) {
  const { title, panels, note } = picture;
  const width = (WIDTH - 2 * EDGE - (panels.length - 1) * GAP) / panels.length;
  const drawn = panels.map((panel, i) => drawPanel(panel, picture, EDGE + i * (width + GAP), width));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(inWords(picture))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    text(EDGE, 28, title, 'title'),
    ...drawn.flat(),
    text(EDGE, HEIGHT - 12, note, 'note'),
    '</svg>',
  ].join('\n')}\n`;
}

/**
 * @param {Panel} panel @param {Picture} picture @param {number} left @param {number} width
 * @returns {string[]}
 */
function drawPanel({ title, isLog, format, lines }, { x, formatX }, left, width) {
  const marks = lines.flatMap((line) => line.marks);
  const [from, to] = [left + LEFT, left + width - PAD];
  const xs = valuesAxis([...new Set(marks.map((mark) => mark.x))]);
  const ys = (isLog ? logAxis : linearAxis)(marks.flatMap(({ low, high }) => [low, high]));
  const xOf = (/** @type {number} */ value) => round(from + 8 + xs.share(value) * (to - from - 16));
  const yOf = (/** @type {number} */ value) => round(BOTTOM - ys.share(value) * (BOTTOM - TOP));
  const shown = [text(left, 54, title, 'panel')];
  let nameAt = left;
  for (const [i, { name }] of lines.entries()) {
    if (lines.length === 1) break;
    shown.push(marker(i, nameAt + 4, 70, false), text(nameAt + 13, 74, name, ''));
    nameAt += 30 + name.length * 6;
  }
  for (const tick of ys.ticks) {
    const y = yOf(tick);
    shown.push(
      `<path class="grid" d="M${from} ${y}H${to}"/>`,
      text(from - 6, y + 4, format(tick), 'tick', 'end'),
    );
  }
  shown.push(`<path class="grid" d="M${from} ${BOTTOM}H${to}"/>`);
  let nextName = WIDTH;
  // From the last one on, which is named in any case.
  for (const tick of xs.ticks.toReversed()) {
    const [at, name] = [xOf(tick), formatX(tick)];
    const half = (name.length * LETTER) / 2;
    if (at + half > nextName) continue;
    shown.push(text(at, BOTTOM + 18, name, 'tick', 'middle'));
    nextName = at - half;
  }
  shown.push(text((from + to) / 2, BOTTOM + 36, x, 'tick', 'middle'));
  for (const [i, { marks }] of lines.entries()) {
    const letter = 'ab'[i];
    const path = marks.map((mark) => `${xOf(mark.x)} ${yOf(mark.y)}`).join('L');
    shown.push(`<path class="line ${letter}" d="M${path}"/>`);
    for (const mark of marks) {
      const at = xOf(mark.x);
      if (mark.low < mark.high)
        shown.push(`<path class="range ${letter}" d="M${at} ${yOf(mark.low)}V${yOf(mark.high)}"/>`);
      shown.push(marker(i, at, yOf(mark.y), mark.isHeldBack));
    }
  }
  return shown;
}

/** Lines differ by form, too. @param {number} line @param {number} x @param {number} y @param {boolean} isHollow */
function marker(line, x, y, isHollow) {
  const style = `${'ab'[line]}${isHollow ? ' hollow' : ''}`;
  if (line === 0) return `<circle class="${style}" cx="${x}" cy="${y}" r="3.5"/>`;
  return `<rect class="${style}" x="${round(x - 3.5)}" y="${round(y - 3.5)}" width="7" height="7"/>`;
}

/** All figures as text, for those who do not see. @param {Picture} picture */
function inWords({ panels, x, formatX, note }) {
  const parts = panels.map(({ title, format, lines }) => {
    const all = lines.map(({ name, marks }) => {
      const figures = marks.map((mark) => `${formatX(mark.x)}: ${format(mark.y)}`).join(', ');
      return lines.length === 1 ? figures : `${name}: ${figures}`;
    });
    return `${title}, by ${x}. ${all.join('. ')}.`;
  });
  return [...parts, note].join(' ');
}

/**
 * @param {number} x @param {number} y @param {string} content @param {string} style
 * @param {'start' | 'middle' | 'end'} [anchor]
 */
function text(x, y, content, style, anchor = 'start') {
  const attributes = `${style === '' ? '' : ` class="${style}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}`;
  return `<text x="${round(x)}" y="${round(y)}"${attributes}>${escaped(content)}</text>`;
}

/** @param {number} value */
function round(value) {
  return Number(value.toFixed(1));
}

/** @param {string} content */
function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
