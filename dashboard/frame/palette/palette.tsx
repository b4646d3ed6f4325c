import './palette.css';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon } from '../../icons/icon.tsx';
import { t } from '../../language/language.ts';
import type { Command } from './command.ts';
import { CommandList, optionId } from './command-list.tsx';
import type { Verb } from './commands.ts';
import { closePalette } from './palette-state.ts';
import { remember } from './recent-store.ts';
import { useSections } from './use-sections.ts';

/** Pages, queues and actions by their names: a combobox in a dialog. */
export function Palette() {
  const [typed, setTyped] = useState('');
  const [verb, setVerb] = useState<Verb>();
  const [chosen, setChosen] = useState<string>();
  const dialog = useModal();
  const list = useId();
  const words = t().palette;
  const type = (text: string, next = verb) => {
    setTyped(text);
    setVerb(next);
    setChosen(undefined);
    setPending(false);
  };
  const { sections, isSearching } = useSections(typed, verb, (next) => type('', next));
  // Where the same is in two sections, it is two options.
  const options = sections.flatMap(({ key, commands }) =>
    commands.map((command) => ({ id: optionId(list, key, command), section: key, command })),
  );
  const place = Math.max(
    0,
    options.findIndex(({ id }) => id === chosen),
  );
  const active = options[place];
  /** Enter was pressed before it was known what it means: what was typed may be the name of a queue. */
  const [isPending, setPending] = useState(false);
  // Queues may be those of what was typed before. The search is what is left where there is nothing else.
  const isCertain = active !== undefined && active.section !== 'queues' && active.command.id !== 'search';
  const isOpen = isSearching && chosen === undefined && !isCertain;
  useEffect(() => {
    if (!isPending || isOpen) return;
    setPending(false);
    if (active !== undefined) run(active.command);
  }, [isPending, isOpen]);
  const move = (by: number) => setChosen(options[(place + by + options.length) % options.length]?.id);
  const run = (command: Command) => {
    if (command.refused !== undefined) return;
    const { id, name } = command;
    if (id !== 'search') remember({ id, ...(id.startsWith('queue:') && name !== undefined && { name }) });
    if (command.goesOn) {
      command.run();
      return;
    }
    // What comes next may want the focus.
    closePalette();
    setTimeout(command.run);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 };
    const by = moves[event.key];
    if (by !== undefined && options.length > 0)
      move(Math.abs(by) === 1 ? by : Math.max(-place, Math.min(by, options.length - 1 - place)));
    else if (event.key === 'Enter' && isOpen) setPending(true);
    else if (event.key === 'Enter' && active !== undefined) run(active.command);
    else if (event.key === 'Backspace' && typed === '' && verb !== undefined) leave();
    else if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) closePalette();
    else return;
    event.preventDefault();
  };
  const leave = () => {
    setVerb(undefined);
    type('', undefined);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: who has keys has Escape
    <dialog
      ref={dialog}
      class="palette"
      aria-label={words.title}
      onCancel={(event) => {
        event.preventDefault();
        if (verb === undefined) closePalette();
        else leave();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) closePalette();
      }}
    >
      <div class="palette-body">
        <div class="palette-head">
          {verb === undefined ? (
            <Icon name={isSearching ? 'loader' : 'search'} isSpinning={isSearching} />
          ) : (
            <button type="button" class="palette-back" aria-label={words.back} onClick={leave}>
              <Icon name="chevronLeft" />
              {words.verbs[verb]}
            </button>
          )}
          <input
            role="combobox"
            aria-label={verb === undefined ? words.placeholder : words.placeholders[verb]}
            aria-autocomplete="list"
            aria-expanded={options.length > 0}
            aria-controls={list}
            aria-activedescendant={active?.id}
            placeholder={verb === undefined ? words.placeholder : words.placeholders[verb]}
            value={typed}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            onInput={(event) => type(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
        </div>
        <CommandList
          id={list}
          label={words.title}
          sections={sections}
          active={active?.id}
          onPoint={setChosen}
          onRun={run}
        />
        {options.length === 0 && (
          <p class="palette-none muted">
            {isSearching ? t().common.loading : verb === undefined ? words.none : words.noQueues[verb]}
          </p>
        )}
        <p class="visually-hidden" role="status">
          {isSearching ? '' : words.results(options.length)}
        </p>
        <footer class="palette-foot muted" aria-hidden="true">
          <span>
            <kbd>↑</kbd> <kbd>↓</kbd> {words.keys.choose}
          </span>
          <span>
            <kbd>↵</kbd> {words.keys.run}
          </span>
          <span>
            <kbd>Esc</kbd> {words.keys.close}
          </span>
        </footer>
      </div>
    </dialog>
  );
}

/** A dialog above all else; whoever had the focus has it again at its end. */
function useModal() {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current as HTMLDialogElement;
    const before = document.activeElement;
    dialog.showModal();
    dialog.querySelector('input')?.focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return element;
}
