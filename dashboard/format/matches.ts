/** A piece of a text: what was looked for, or what stands between. */
export interface MatchPart {
  readonly text: string;
  readonly isMatch: boolean;
}

/** More of them are not marked. */
const MOST = 50;
/** Characters that are shown before the first match; what is further in front is cut. */
const BEFORE = 40;

/** A text in parts, by where it has another one: as the server looks for it, letter by letter. */
export function matchesIn(text: string, match: string): MatchPart[] {
  const parts: MatchPart[] = [];
  let end = 0;
  for (let at = match === '' ? -1 : text.indexOf(match); at >= 0; at = text.indexOf(match, end)) {
    if (at > end) parts.push({ text: text.slice(end, at), isMatch: false });
    parts.push({ text: match, isMatch: true });
    end = at + match.length;
    if (parts.length >= MOST) break;
  }
  if (end < text.length) parts.push({ text: text.slice(end), isMatch: false });
  return parts;
}

/** Of a long text the part in which something is found, so that it is seen in little space. */
export function aroundMatch(text: string, match: string): string {
  const at = match === '' ? -1 : text.indexOf(match);
  return at <= BEFORE ? text : `…${text.slice(at - BEFORE)}`;
}
