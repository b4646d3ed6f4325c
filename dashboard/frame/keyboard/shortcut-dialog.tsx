import './shortcut-dialog.css';
import { Dialog } from '../../components/dialog.tsx';
import { t } from '../../language/language.ts';
import { DESTINATIONS } from '../destinations.ts';
import { ANYWHERE } from './shortcuts.ts';

const ANYWHERE_NAMES = Object.keys(ANYWHERE) as (keyof typeof ANYWHERE)[];

/** All shortcuts. */
export function ShortcutDialog({ onClose }: { readonly onClose: () => void }) {
  const texts = t();
  const words = texts.palette;
  const pages = DESTINATIONS.flatMap(({ letter, name }) =>
    letter === undefined ? [] : [[texts.frame.titles[name], ['g', letter]] as const],
  );
  return (
    <Dialog title={words.shortcuts} onClose={onClose}>
      <div class="dialog-body">
        <Shortcuts
          title={words.anywhere}
          isChord
          shortcuts={ANYWHERE_NAMES.map((name) => [words.shortcutTitles[name], ANYWHERE[name]])}
        />
        <Shortcuts title={words.goTo} shortcuts={pages} />
        <p class="muted">{words.shortcutsHint}</p>
      </div>
    </Dialog>
  );
}

function Shortcuts({
  title,
  shortcuts,
  isChord = false,
}: {
  readonly title: string;
  readonly shortcuts: readonly (readonly [title: string, keys: readonly string[]])[];
  /** The keys are held together, not pressed one after the other. */
  readonly isChord?: boolean;
}) {
  const { afterwards } = t().palette;
  return (
    <section class="shortcuts">
      <h3>{title}</h3>
      <dl>
        {shortcuts.map(([what, keys]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {keys.map((key, i) => (
                <span key={key}>
                  {i > 0 && <span class="muted">{isChord ? ' + ' : ` ${afterwards} `}</span>}
                  <kbd>{key}</kbd>
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
