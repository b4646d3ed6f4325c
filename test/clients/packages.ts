import { execFileSync } from 'node:child_process';
import { it } from 'vitest';

const present = new Map<string, boolean>();

/**
 * Declares what `attempt` declares if the Debian packages are installed; else one skipped test, and one line on the
 * terminal that names what is missing.
 */
export function withPackages(name: string, packages: readonly string[], attempt: () => void): void {
  const missing = packages.filter((each) => !isInstalled(each));
  if (missing.length === 0) return attempt();
  const why = `${name}: ${missing.join(' and ')} not installed`;
  process.stderr.write(`skipped ${why}\n`);
  it.skip(why); // the client is not on this machine; `why` names what is missing, and .ci/run installs it
}

function isInstalled(name: string): boolean {
  const known = present.get(name) ?? askDpkg(name);
  present.set(name, known);
  return known;
}

/** False elsewhere than on Debian. */
function askDpkg(name: string): boolean {
  try {
    const listed = execFileSync('dpkg-query', ['-l', name], { encoding: 'utf8', stdio: 'pipe' });
    return /^ii /m.test(listed);
  } catch {
    return false;
  }
}
