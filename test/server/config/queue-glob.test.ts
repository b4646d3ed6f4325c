import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queueGlob } from '../../../server/config/queue-glob.ts';
import { amount } from '../../helpers/amount.ts';

/** A name as the engine has it. */
function bytes(name: string): string {
  return Buffer.from(name).toString('latin1');
}

/** `*` is any characters, `?` is one, any other is itself. */
function isMatch([first, ...rest]: string[], name: string[]): boolean {
  if (first === undefined) return name.length === 0;
  if (first === '*')
    return isMatch(rest, name) || (name.length > 0 && isMatch([first, ...rest], name.slice(1)));
  return name.length > 0 && (first === '?' || first === name[0]) && isMatch(rest, name.slice(1));
}

describe('a glob', () => {
  it.each<[string, string[], string[]]>([
    ['mail', ['mail'], ['mail.de', 'Mail', 'xmail', '']],
    ['mail.*', ['mail.de', 'mail.', 'mail.de.x', 'mail..'], ['mail', 'mailxde', 'xmail.de']],
    ['*', ['a', '.', '..', '.a', '*', '!', 'a/b', '-', '{', '(a|b)', '\\'], []],
    ['.*', ['.', '..', '.a'], ['a']],
    ['*.de', ['.de', 'a.de', 'a.b.de'], ['de', 'a.deb']],
    ['a?c', ['abc', 'a.c', 'a/c', 'a\u{1f600}c', 'a件c'], ['ac', 'abbc']],
    ['??', ['\u{1f600}件', 'ab'], ['\u{1f600}', '件', 'a']],
    ['q[0-9]', ['q0', 'q9'], ['q', 'qa', 'q10', 'q[0-9]']],
    ['[ab]c', ['ac', 'bc'], ['[ab]c', 'abc']],
    ['q[!0-9]*', ['qa', 'qa1', 'q.'], ['q0', 'q']],
    ['q[^0-9]', ['qa'], ['q0']],
    ['[邮件]*', ['邮', '件x'], ['x']],
    ['[\u{1f600}-\u{1f64f}]', ['\u{1f601}'], ['\u{1f680}', 'a']],
    ['{mail,push}.*', ['mail.a', 'push.b'], ['mail', 'sms.a', '{mail,push}.a']],
    ['{a,b*}{,.x}', ['a', 'a.x', 'b', 'bcd', 'bcd.x'], ['c', 'ab.y']],
    ['!a*', ['!a', '!ab'], ['b', 'a']],
    ['a+b*', ['a+b', 'a+bc'], ['aab', 'ab']],
    ['a$b^c.d@e!f~*', ['a$b^c.d@e!f~', 'a$b^c.d@e!f~x'], ['a$b^cxd@e!f~']],
    ['**', ['a', '..', 'a/b'], []],
    ['a(b)|c\\d', ['a(b)|c\\d'], ['ab', 'ab|cd']],
    ['[ab]+', ['a+', 'b+'], ['a', 'aa']],
    ['{a,b}+', ['a+', 'b+'], ['a', 'aa']],
    ['{+,$,^}*', ['+', '$a', '^'], ['a']],
    ['{a,{b,c?}}x', ['ax', 'bx', 'cdx'], ['cx', 'x', 'a']],
    ['{a,ab}{b,}c', ['ac', 'abc', 'abbc'], ['bc', 'abbbc']],
    ['a,b*', ['a,b', 'a,bc'], ['a', 'b']],
    ['{,}*', ['', 'a'], []],
    ['[]a]', [']', 'a'], ['[]a]', 'b']],
    ['[!]a]', ['b'], [']', 'a']],
    ['[*?{,}.^!-]', ['*', '?', '{', ',', '}', '.', '^', '!', '-'], ['a', '']],
    ['{[,}],x}', [',', '}', 'x'], ['[', '[,}]']],
    ['[a-]b', ['ab', '-b'], ['bb']],
    ['[É-Ü]', ['Ö'], ['ö', 'O']],
  ])('%s matches %j and not %j', (glob, those, others) => {
    const matches = queueGlob(glob);
    for (const name of those) expect(matches(bytes(name)), name).toBe(true);
    for (const name of others) expect(matches(bytes(name)), name).toBe(false);
  });

  it.each([
    ['{a,b', '"{" has no "}"'],
    ['{a,{b,c}', '"{" has no "}"'],
    ['{a}', '"{" has no ","'],
    ['q{}*', '"{" has no ","'],
    ['a}*', '"}" has no "{"'],
    ['a[b*', '"[" has no "]"'],
    ['[]', '"[" has no "]"'],
    ['[!]*', '"[" has no "]"'],
    ['a]*', '"]" has no "["'],
    ['[z-a]*', '"z-a" goes backwards'],
    ['[[:alpha:]]*', 'a set has the characters themselves, as in "[a-z0-9]"'],
  ])('%s is refused with a reason', (glob, reason) => {
    expect(() => queueGlob(glob)).toThrow(`"${glob}" is not a glob: ${reason}`);
  });

  it.each(['*:*:*:*:*:*:*:*:mail', '{*a,a*}{*a,a*}{*a,a*}{*a,a*}b', '*?*?*?*?*?*?*b'])(
    '%s takes no long time, whatever name a client has made up for it',
    (glob) => {
      const matches = queueGlob(glob);
      const start = performance.now();
      for (const name of [':', 'a', 'a:']) expect(matches(name.repeat(250 / name.length))).toBe(false);
      expect(performance.now() - start).toBeLessThan(5000);
    },
  );

  it('takes bytes that are no UTF-8 as one character each', () => {
    expect(queueGlob('a?c')('a\xffc')).toBe(true);
    expect(queueGlob('a?c')('a\xff\xfec')).toBe(false);
    expect(queueGlob('*')('\xff')).toBe(true);
  });

  it('means what it seems to mean, with any characters', () => {
    const character = fc.oneof(
      fc.constantFrom(..."ab.*?!+@$^-_,:;=<>'`~#%&"),
      fc.constantFrom('件', '\u{1f600}', '/'),
    );
    const text = fc.array(character, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(text, text, fc.boolean(), (pattern, other, isRelated) => {
        const glob = pattern.filter((each) => each !== '/');
        const name = isRelated ? glob.flatMap((each) => (each === '*' ? other : each)) : other;
        fc.pre(glob.length > 0);
        expect(queueGlob(glob.join(''))(bytes(name.join('')))).toBe(isMatch(glob, name));
      }),
      { numRuns: amount(800, 2000) },
    );
  });
});
