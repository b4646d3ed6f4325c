import { useEffect } from 'preact/hooks';
import { Foreign } from '../../components/foreign.tsx';
import { Icon } from '../../icons/icon.tsx';
import type { Command, Section } from './command.ts';

interface Props {
  readonly id: string;
  readonly label: string;
  readonly sections: readonly Section[];
  readonly active: string | undefined;
  readonly onPoint: (option: string) => void;
  readonly onRun: (command: Command) => void;
}

/** What can be chosen, in its sections. The focus stays in the field, which names the active one. */
export function CommandList({ id, label, sections, active, onPoint, onRun }: Props) {
  useEffect(() => {
    if (active !== undefined) document.getElementById(active)?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div id={id} class="palette-list" role="listbox" aria-label={label} tabIndex={-1}>
      {sections.map(({ key, title, commands }) => (
        // biome-ignore lint/a11y/useSemanticElements: a part of a listbox
        <div key={key} role="group" aria-labelledby={`${id}-${key}`}>
          <div id={`${id}-${key}`} class="palette-section" role="presentation">
            {title}
          </div>
          {commands.map((command) => {
            const option = optionId(id, key, command);
            return (
              <Option
                key={option}
                id={option}
                command={command}
                isActive={option === active}
                onPoint={() => onPoint(option)}
                onRun={() => onRun(command)}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}

export function optionId(list: string, section: string, { id }: Command): string {
  return `${list}-${section}-${id}`;
}

function Option({
  id,
  command: { icon, title, name, keys, note, refused },
  isActive,
  onPoint,
  onRun,
}: {
  readonly id: string;
  readonly command: Command;
  readonly isActive: boolean;
  readonly onPoint: () => void;
  readonly onRun: () => void;
}) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus
    <div
      id={id}
      class="palette-option"
      role="option"
      aria-selected={isActive}
      aria-disabled={refused !== undefined || undefined}
      title={refused}
      onMouseMove={isActive ? undefined : onPoint}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onRun}
    >
      <Icon name={icon} />
      <span class="palette-title">
        {title}
        {title !== '' && name !== undefined && ' '}
        {name !== undefined && <Foreign text={name} />}
      </span>
      {(refused ?? note) !== undefined && <span class="palette-note muted">{refused ?? note}</span>}
      {keys !== undefined && (
        <span class="palette-keys" aria-hidden="true">
          {keys.map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
        </span>
      )}
    </div>
  );
}
