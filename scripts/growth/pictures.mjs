import { bytes, count, inWords, median, powerOfTwo, seconds } from './numbers.mjs';

/**
 * @typedef {import('./picture.mjs').Picture} Picture
 * @typedef {import('./picture.mjs').Line} Line
 * @typedef {{ at: number, figures: Record<string, number[]> }} Point
 * @typedef {{ date: string, processor: string, system: string, runtime: string, load: string }} Circumstances
 * @typedef {{ load: string, measured: Circumstances, points: Point[] }} Series
 */

/** A generator that took so much of a processor may be what limited a rate. */
const HELD_BACK = 0.9;

/**
 * The pictures by their names, each drawn from the series of the same name. Their titles are made of figures, so that none
 * says what was so once.
 * @type {Record<string, (series: Series) => Picture>}
 */
export const PICTURES = {
  waiting: (series) => ({
    title: `With ${inWords(last(series).at)} messages waiting, sets go at ${ratio(series, 'sets')} and gets at ${ratio(series, 'gets')} the rate with ${inWords(first(series).at)}`,
    x: 'messages waiting',
    formatX: count,
    panels: [
      {
        title: 'Rate, a second',
        format: count,
        lines: [rates(series, 'sets', 'set'), rates(series, 'gets', 'get')],
      },
      { title: 'Memory', isLog: true, format: bytes, lines: [line(series, 'memoryBytes')] },
      {
        title: 'Start, until it listens',
        isLog: true,
        format: seconds,
        lines: [
          line(series, 'startSeconds', 'after a stop'),
          line(series, 'startAfterKillSeconds', 'after kill -9'),
        ],
      },
    ],
    note: note(series),
  }),
  connections: (series) => ({
    title: `${inWords(last(series).at)} connections are served at ${ratio(series, 'rate', best(series, 'rate'))} the best rate, for ${bytes(growth(series, 'memoryBytes'))} of memory each`,
    x: 'connections',
    formatX: count,
    panels: [
      { title: 'Set and get in turn, a second', format: count, lines: [rates(series, 'rate')] },
      {
        title: 'An answer, 99 of 100 within',
        isLog: true,
        format: (value) => seconds(value / 1000),
        lines: [line(series, 'p99Milliseconds')],
      },
      { title: 'Memory, at most', isLog: true, format: bytes, lines: [line(series, 'memoryBytes')] },
    ],
    note: note(series),
  }),
  queues: (series) => ({
    title: `Over ${inWords(last(series).at)} queues, sets and gets go at ${ratio(series, 'rate')} the rate on one, and a queue takes ${bytes(figure(last(series), 'queueBytes'))}`,
    x: 'queues',
    formatX: count,
    panels: [
      {
        title: 'Rate, a second',
        format: count,
        lines: [rates(series, 'rate', 'set and get in turn'), line(series, 'takes', 'get by $watch *')],
      },
      { title: 'Memory of a queue', format: bytes, lines: [line(series, 'queueBytes')] },
      {
        title: 'Start, until it listens',
        isLog: true,
        format: seconds,
        lines: [line(series, 'startSeconds')],
      },
    ],
    note: note(series),
  }),
  sizes: (series) => ({
    title: `Messages of ${powerOfTwo(last(series).at)} go through at ${bytes(figure(last(series), 'bytesPerSecond'))}/s, those of ${powerOfTwo(first(series).at)} at ${inWords(figure(first(series), 'rate'))} a second`,
    x: 'size of a message',
    formatX: powerOfTwo,
    panels: [
      { title: 'Set and get in turn, a second', isLog: true, format: count, lines: [rates(series, 'rate')] },
      { title: 'Bytes, a second', isLog: true, format: bytes, lines: [rates(series, 'bytesPerSecond')] },
    ],
    note: note(series),
  }),
};

/**
 * The medians of a figure, where it was measured.
 * @param {Series} series @param {string} name @returns {Line}
 */
function line({ points }, name, title = '') {
  const marks = points.flatMap(({ at, figures }) => {
    const values = figures[name] ?? [];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return values.length === 0 ? [] : [{ x: at, y: median(values), low, high, isHeldBack: false }];
  });
  return { name: title, marks };
}

/**
 * The same of rates, which the generator may have limited.
 * @param {Series} series @param {string} name
 */
function rates(series, name, title = '') {
  const { marks, ...rest } = line(series, name, title);
  const busy = new Map(line(series, 'generator').marks.map(({ x, y }) => [x, y]));
  return {
    ...rest,
    marks: marks.map((mark) => ({ ...mark, isHeldBack: (busy.get(mark.x) ?? 0) >= HELD_BACK })),
  };
}

/** @param {Series} series */
function note({ measured, points }) {
  const isHeldBack = points.some(({ figures }) => median(figures.generator ?? []) >= HELD_BACK);
  return [
    'Medians, and the range of all measurements.',
    ...(isHeldBack ? ['Hollow: the load generator was at its limit.'] : []),
    `${measured.processor}, ${measured.runtime}, ${measured.date}, ${measured.load}.`,
  ].join(' ');
}

/** @param {Series} series @returns {Point} */
function first({ points }) {
  return /** @type {Point} */ (points[0]);
}

/** @param {Series} series @returns {Point} */
function last({ points }) {
  return /** @type {Point} */ (points.at(-1));
}

/** @param {Point} point @param {string} name */
function figure({ figures }, name) {
  return median(figures[name] ?? []);
}

/** @param {Series} series @param {string} name */
function best({ points }, name) {
  return Math.max(...points.map((point) => figure(point, name)));
}

/** What the last point has of another one's, the first one's if nothing is said. @param {Series} series @param {string} name */
function ratio(series, name, other = figure(first(series), name)) {
  return `${(figure(last(series), name) / other).toFixed(2)} ×`;
}

/** For each that the last point has more than the first. @param {Series} series @param {string} name */
function growth(series, name) {
  const [from, to] = [first(series), last(series)];
  return (figure(to, name) - figure(from, name)) / (to.at - from.at);
}
