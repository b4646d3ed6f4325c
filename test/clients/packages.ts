import { execFileSync } from 'node:child_process';
import { missing } from '../helpers/missing.ts';

const present = new Map<string, boolean>();

/**
 * Declares what `attempt` declares if the Debian packages are installed; else one test that says so, and one line on the
 * terminal that names what is missing.
 */
export function withPackages(name: string, packages: readonly string[], attempt: () => void): void {
  const absent = packages.filter((each) => !isInstalled(each));
  if (absent.length === 0) return attempt();
  missing(`${name}: ${absent.join(' and ')} not installed`);
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
