import { expect, it } from 'vitest';
import { nearest } from '../../shared/nearest.ts';

const KEYS = ['queuename', 'queueip', 'queueport', 'classname', 'processes', 'timeout', 'answer_timeout'];

it.each([
  ['procceses', 'processes'],
  ['proces', 'processes'],
  ['ClassName', 'classname'],
  ['class_name', 'classname'],
  ['queueport ', 'queueport'],
  ['port', 'queueport'],
  ['timeuot', 'timeout'],
  ['timeout_ms', 'timeout'],
  ['awnser_timeout', 'answer_timeout'],
  ['colour', undefined],
  ['x', undefined],
  ['', undefined],
  ['q'.repeat(100), undefined],
])('%j was meant to be %s', (text, word) => {
  expect(nearest(text, KEYS)).toBe(word);
});
