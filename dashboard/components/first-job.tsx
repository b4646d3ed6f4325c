import './first-job.css';
import { serverInfo } from '../api/server-info.ts';
import { t } from '../language/language.ts';
import { CopyButton } from './copy-button.tsx';
import { firstJobLines, reachable } from './first-job-lines.ts';

/** How a first job gets into this very server: lines to copy. */
export function FirstJob() {
  const info = serverInfo.value;
  const words = t().common.firstJob;
  if (info === undefined) return null;
  const { memcache, unix_socket: path } = info;
  const endpoint =
    memcache !== null ? reachable(memcache, location.hostname) : path === null ? undefined : { path };
  if (endpoint === undefined) return null;
  return (
    <div class="first-job">
      {firstJobLines(endpoint).map(({ key, text }) => (
        <figure key={key} class="first-job-way">
          <figcaption>
            {words[key]}
            <CopyButton text={text} />
          </figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys */}
          <pre tabIndex={0}>{text}</pre>
        </figure>
      ))}
    </div>
  );
}
