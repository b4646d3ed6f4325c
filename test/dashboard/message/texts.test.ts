import { describe, expect, it } from 'vitest';
import { delaySeconds } from '../../../dashboard/actions/delay.ts';
import { errorLines } from '../../../dashboard/pages/message/error-lines.ts';
import { bytesOfBase64, hexDump } from '../../../dashboard/pages/message/hex.ts';
import { callText, titleOf } from '../../../dashboard/pages/message/message-title.ts';
import { prettyJson } from '../../../dashboard/pages/message/pretty-json.ts';

describe('the lines of an error', () => {
  it('tell the own code from that of others, and causes', () => {
    const error = `Error: connect ECONNREFUSED 10.0.1.25:587
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)
    at sendMail (/srv/app/jobs/mail.js:41:11)
    at run (/srv/app/node_modules/memq/dist/consumer/child.js:118:22)
caused by: Error: socket closed
    at Socket.<anonymous> (/srv/app/lib/smtp.js:77:9)
for the third time`;
    expect(errorLines(error).map(({ kind }) => kind)).toEqual([
      'message',
      'other',
      'own',
      'other',
      'cause',
      'own',
      'text',
    ]);
  });

  it.each([
    ['/srv/mail.php:12:in Mail->send', 'own'],
    ['caused at /srv/mail.php:9:in Mail->connect', 'own'],
    ['#0 /srv/app/vendor/guzzle/Client.php(12): request()', 'other'],
    ['  File "/srv/app/mail.py", line 3, in send', 'own'],
    ['  File "/usr/lib/python3/dist-packages/requests.py", line 3, in get', 'other'],
    ['error 2 of 3: Error: no', 'cause'],
    ['at first it went well'.replace('at', 'At'), 'text'],
  ])('know %s', (line, kind) => {
    expect(errorLines(`Error\n${line}`)[1]).toEqual({ text: line, kind });
  });
});

describe('a hex dump', () => {
  it('has offsets, bytes and what of them is text', () => {
    const bytes = Uint8Array.from({ length: 20 }, (_, i) => 0x3c + i * 9);
    expect(hexDump(bytes, 16).split('\n')).toEqual([
      '0000  3c 45 4e 57 60 69 72 7b  84 8d 96 9f a8 b1 ba c3  <ENW`ir{········',
      '0010  cc d5 de e7                                       ····',
    ]);
    expect(hexDump(bytes, 8).split('\n')[0]).toBe('0000  3c 45 4e 57 60 69 72 7b  <ENW`ir{');
    expect(hexDump(new Uint8Array(), 16)).toBe('');
  });

  it('shows bytes as they came in base64', () => {
    expect([...bytesOfBase64('AP+A')]).toEqual([0, 255, 128]);
  });
});

describe('pretty JSON', () => {
  it('has a line for each value, and loses no digit', () => {
    expect(prettyJson('{"id":12345678901234567890,"n":1.50,"a":[1,{"b":"x\\",{:"}],"e":[],"o":{}}')).toBe(
      `{
  "id": 12345678901234567890,
  "n": 1.50,
  "a": [
    1,
    {
      "b": "x\\",{:"
    }
  ],
  "e": [],
  "o": {}
}`,
    );
  });

  it.each(['', '12', '"text"', '{broken', "call('x')"])('is nothing of %s', (text) => {
    expect(prettyJson(text)).toBeUndefined();
  });
});

describe('the title of a message', () => {
  it('is its call, its id or its handle', () => {
    const call = { class: 'Mailer', method: 'send', args: ['ann', 3, '12345678901234567890', { a: [null] }] };
    expect(callText(call)).toBe('Mailer.send("ann", 3, "12345678901234567890", {"a":[null]})');
    expect(titleOf({ call: null, id: 'order-1', ref: '1-2' })).toBe('order-1');
    expect(titleOf({ call: null, id: null, ref: '1-2' })).toBe('1-2');
  });

  it('is cut between characters', () => {
    const title = titleOf({ call: null, id: '🐇'.repeat(300), ref: '1-2' });
    expect(title).toBe(`${'🐇'.repeat(100)}…`);
  });
});

describe('a delay', () => {
  it.each([
    ['90', 90],
    [' 1.5 ', 1.5],
    ['5m', 300],
    ['2 h', 7200],
    ['1D', 86_400],
    ['30min', 1800],
  ])('of %s', (text, seconds) => {
    expect(delaySeconds(text)).toBe(seconds);
  });

  it.each(['', 'soon', '-1', '5 weeks', '1e9', '999999999d', '1:30'])('is not %s', (text) => {
    expect(delaySeconds(text)).toBeUndefined();
  });
});
