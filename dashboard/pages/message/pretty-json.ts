/** Strings, numbers and words, and what stands between them. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;
const INDENT = '  ';

/**
 * JSON with a line for each value; undefined where it is none, or one that is no object and no list. Numbers stay as they
 * are written: parsing would change those of many digits.
 */
export function prettyJson(text: string): string | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const tokens = text.match(TOKENS) ?? [];
  let depth = 0;
  let out = '';
  for (const [i, token] of tokens.entries()) {
    if (token === '{' || token === '[') {
      const isEmpty = tokens[i + 1] === '}' || tokens[i + 1] === ']';
      if (!isEmpty) depth++;
      out += isEmpty ? token : `${token}\n${INDENT.repeat(depth)}`;
    } else if (token === '}' || token === ']') {
      const wasEmpty = tokens[i - 1] === '{' || tokens[i - 1] === '[';
      if (!wasEmpty) depth--;
      out += wasEmpty ? token : `\n${INDENT.repeat(depth)}${token}`;
    } else if (token === ',') out += `,\n${INDENT.repeat(depth)}`;
    else if (token === ':') out += ': ';
    else out += token;
  }
  return out;
}
