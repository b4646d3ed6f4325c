import { useState } from 'preact/hooks';
import { t } from '../language/language.ts';
import { announce } from './announcer.tsx';
import { Button } from './button.tsx';
import { copyText } from './copy-text.ts';

const SHOWN_MS = 2000;

/** Copies a text, and says that it has. */
export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const [isCopied, setCopied] = useState(false);
  const words = t().common;
  const copy = async () => {
    if (!(await copyText(text))) return;
    announce(words.copied);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <Button kind="quiet" icon={isCopied ? 'check' : 'copy'} isIconOnly={label === undefined} onClick={copy}>
      {isCopied ? words.copied : (label ?? words.copy)}
    </Button>
  );
}
