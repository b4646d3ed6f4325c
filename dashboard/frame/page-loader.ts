import type { ComponentType } from 'preact';
import { base } from '../api/base.ts';
import { PageProblem } from './page-problem.tsx';

const RELOADED = 'memq:reloaded-at';
/** Who has been loaded again for that so lately has nothing of it to expect. */
const AGAIN_MS = 60_000;

/**
 * Loads a page's code. Where it is not there any more, the server has other pages by now, and all is loaded again: once. Where
 * the server does not answer either, there is a page that says so.
 */
export async function loadPage(load: () => Promise<ComponentType>): Promise<ComponentType> {
  try {
    return await load();
  } catch (error) {
    console.error(error);
    if (!(await isServerThere()) || !mayReload()) return () => PageProblem({});
    location.reload();
    return new Promise(() => {});
  }
}

async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch(`${base}/`, { cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

function mayReload(): boolean {
  try {
    const last = Number(sessionStorage.getItem(RELOADED));
    sessionStorage.setItem(RELOADED, String(Date.now()));
    return Date.now() - last > AGAIN_MS;
  } catch {
    // It would go on for ever where nothing is kept.
    return false;
  }
}
