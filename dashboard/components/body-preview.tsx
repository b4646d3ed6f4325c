import './body-preview.css';
import { bodyText } from '../format/call-text.ts';
import { t } from '../language/language.ts';
import { Bytes } from './figures.tsx';
import { Foreign } from './foreign.tsx';

/** Bytes of a body that lists have; a character at the cut is left out. */
const PREVIEW_BYTES = 200 - 3;

interface Props {
  /** The beginning of a body; undefined where that is gone. */
  readonly preview: string | undefined;
  /** Bytes of the message. */
  readonly bytes: number;
}

/** What a message says in one line: the method first, its arguments after it. */
export function BodyPreview({ preview, bytes }: Props) {
  const words = t().common;
  if (preview === undefined || preview === '') return <span class="muted">{words.emptyBody}</span>;
  const isCut = new TextEncoder().encode(preview).length >= PREVIEW_BYTES;
  const body = bodyText(preview, isCut);
  if (body.kind === 'bytes')
    return (
      <span class="muted">
        {words.bytesBody} <Bytes of={bytes} />
      </span>
    );
  return (
    <span class="body-preview mono">
      {body.kind === 'text' ? (
        <Foreign text={isCut ? `${body.text}…` : body.text} />
      ) : (
        <>
          {body.className !== '' && (
            <span class="muted">
              <Foreign text={body.className} />
            </span>
          )}
          <b>
            <Foreign text={body.method} />
          </b>
          <span class="muted">
            (<Foreign text={body.args} />)
          </span>
        </>
      )}
    </span>
  );
}
