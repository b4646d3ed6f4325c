import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describeMachine } from '../machine.ts';

/** What was measured, by the name of its series; the file that the pictures are drawn from. */
export type GrowthData = Record<string, MeasuredSeries>;

/** One thing that grows, and what became of the figures. */
export interface MeasuredSeries {
  /** The load, in words. */
  load: string;
  measured: Circumstances;
  points: Point[];
}

/** What figures depend on and a reader cannot see from them. */
interface Circumstances {
  date: string;
  processor: string;
  system: string;
  runtime: string;
  /** What else the machine was doing when the series began. */
  load: string;
}

export interface Point {
  /** How much there was. */
  at: number;
  figures: Figures;
}

/** Figures by their names, which say the unit where it is none of a rate; each as often as it was measured. */
export type Figures = Record<string, number[]>;

/** Nothing where there is no such file. */
export function readGrowth(file: string): GrowthData {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

export function writeGrowth(file: string, data: GrowthData): void {
  writeFileSync(file, `${JSON.stringify(data, roundFigure, 2)}\n`);
}

export function circumstances(directory: string): Circumstances {
  const { processor, system, runtime, load } = describeMachine(directory);
  return { date: new Date().toISOString().slice(0, 10), processor, system, runtime, load };
}

/** The figures of all measurements of one point, in order. */
export function together(measurements: readonly Figures[]): Figures {
  const names = Object.keys(measurements[0]);
  return Object.fromEntries(
    names.map((name) => [name, measurements.flatMap((measurement) => measurement[name])]),
  );
}

/** More than four digits are chance. */
function roundFigure(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
