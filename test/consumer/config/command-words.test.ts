import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandWords } from '../../../consumer/config/command-words.ts';

describe('a command', () => {
  it.each([
    ['php worker.php', ['php', 'worker.php']],
    ['  php\t -d  x=1 ', ['php', '-d', 'x=1']],
    [`"a b" 'c d'`, ['a b', 'c d']],
    ['"/opt/my php/php" w.php', ['/opt/my php/php', 'w.php']],
    [`a"b c"'d e'f g`, ['ab cd ef', 'g']],
    [`x "" ''`, ['x', '', '']],
    [String.raw`C:\php\php.exe "C:\new dir\\" "\"q\""`, ['C:\\php\\php.exe', 'C:\\new dir\\', '"q"']],
    [`'\\"' $HOME *.php | > & \`x\``, ['\\"', '$HOME', '*.php', '|', '>', '&', '`x`']],
    ['x # y z', ['x']],
    ['x ;y z', ['x']],
    ['x a#b c;d "#" ";"', ['x', 'a#b', 'c;d', '#', ';']],
  ])('%s is the words %j', (text, words) => {
    expect(commandWords(text)).toEqual(words);
  });

  it.each([
    ['', 'it is empty'],
    ['; php', 'it is empty'],
    ['"" php', 'it is empty'],
    ['php "a', 'a quote is not closed'],
    ["php a'", 'a quote is not closed'],
    ['php "a\\"', 'a quote is not closed'],
    ['php a\0b', 'it has a control character'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => commandWords(text)).toThrow(why);
  });

  it('is whatever words somebody puts in quotes', () => {
    const word = fc.string({ unit: 'binary' }).filter((text) => !/\p{Cc}/u.test(text));
    const inDouble = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
    const inSingle = (text: string) => (text.includes("'") ? inDouble(text) : `'${text}'`);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.constantFrom(inDouble, inSingle), (words, quote) => {
        fc.pre(words[0] !== '');
        expect(commandWords(words.map(quote).join(' '))).toEqual(words);
      }),
    );
  });
});
