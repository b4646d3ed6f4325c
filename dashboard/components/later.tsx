import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A component whose code comes when it is first shown; until then there is nothing. What cannot be loaded is nothing, too. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return (props) => {
    const [Loaded, show] = useState(() => loaded);
    useEffect(() => {
      if (loaded !== undefined) return;
      load().then(
        (component) => {
          loaded = component;
          show(() => component);
        },
        (error) => console.error(error),
      );
    }, []);
    return Loaded === undefined ? null : <Loaded {...props} />;
  };
}
