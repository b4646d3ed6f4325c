import './highlighted.css';
import { matchesIn } from '../format/matches.ts';
import { Foreign } from './foreign.tsx';

/** What somebody else has written, with each place marked where it has a text. */
export function Highlighted({
  text,
  match,
  isMono = false,
}: {
  readonly text: string;
  readonly match: string;
  readonly isMono?: boolean;
}) {
  return (
    <span class="highlighted">
      {matchesIn(text, match).map(({ text: part, isMatch }, place) =>
        isMatch ? (
          <mark key={place} class="match">
            <Foreign text={part} isMono={isMono} />
          </mark>
        ) : (
          <Foreign key={place} text={part} isMono={isMono} />
        ),
      )}
    </span>
  );
}
