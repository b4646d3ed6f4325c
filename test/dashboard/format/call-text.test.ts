import { describe, expect, it } from 'vitest';
import { bodyText } from '../../../dashboard/format/call-text.ts';

const call = (className: string, method: string, args: string) => ({ kind: 'call', className, method, args });

describe('the beginning of a body', () => {
  it.each([
    ["saveToLocal('hi')", '', 'saveToLocal', "'hi'"],
    ['  m ( 1, 2 );\n', '', 'm', '1, 2'],
    ['m()', '', 'm', ''],
    ['größe(90071992547409931)', '', 'größe', '90071992547409931'],
    ['{"method": "m", "args": [90071992547409931, "a]"]}', '', 'm', '90071992547409931, "a]"'],
    [
      '{"class": "Webhooks", "method": "deliver", "args": [{"a": [1]}]}',
      'Webhooks.',
      'deliver',
      '{"a": [1]}',
    ],
    ['{"class":"Mail","args":["a@b.c",42],"jid":"b4a5"}', 'Mail.', 'perform', '"a@b.c",42'],
    ['{"args": ["}", "\\"]"], "method": "m\\u0041"}', '', 'mA', '"}", "\\"]"'],
    ['{"method": "m"}', '', 'm', ''],
    ['send?to=a&text=hi+there', '', 'send', 'to=a&text=hi+there'],
  ])('is a call: %s', (text, className, method, args) => {
    expect(bodyText(text)).toEqual(call(className, method, args));
  });

  it.each([
    ["m('a long tex", '', 'm', "'a long tex…"],
    ['m(f(1)', '', 'm', 'f(1)…'],
    ['{"method": "m", "args": ["a", "b', '', 'm', '"a", "b…'],
    ['{"method": "m", "args": ["a"], "more": "x', '', 'm', '"a"'],
  ])('is one that goes on: %s', (text, className, method, args) => {
    expect(bodyText(text, true)).toEqual(call(className, method, args));
  });

  it.each(['hello world', 'm(1, 2', 'm() and more', '{"a": 1}', '{', '{"method": 7}', '<b>m()</b>', '1(2)'])(
    'is a text: %s',
    (text) => {
      expect(bodyText(text)).toEqual({ kind: 'text', text });
    },
  );

  it('is bytes where most of it cannot be read', () => {
    expect(bodyText('\u0000\u0001\uFFFD\uFFFDA')).toEqual({ kind: 'bytes' });
    expect(bodyText('a long text with one \uFFFD in it')).toMatchObject({ kind: 'text' });
  });
});
