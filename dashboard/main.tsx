import './styles/tokens.css';
import './styles/base.css';
import { render } from 'preact';
import { refreshServerInfo, serverInfo } from './api/server-info.ts';
import { setServerTime } from './components/now.ts';
import { App } from './frame/app.tsx';
import { loadLanguage } from './language/language.ts';
import './preferences/preferences.ts';

/** How often the server is asked what it is: its clock, and what the user may do. */
const INFO_MS = 60_000;

serverInfo.subscribe((info) => {
  if (info !== undefined) setServerTime(Date.parse(info.now));
});
void refreshServerInfo();
setInterval(() => {
  if (document.visibilityState === 'visible') void refreshServerInfo();
}, INFO_MS);

await loadLanguage();
render(<App />, document.getElementById('app') as HTMLElement);
