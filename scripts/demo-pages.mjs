import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createServer, runnerImport } from 'vite';
import { build, isBuilt } from './dist.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const USAGE = `node scripts/demo-pages.mjs [SCENE] [SIZE] [--still] [--dev] [--port N] [--serve FLAG]...

Starts a server with something to look at, and prints where. It ends with Ctrl-C.
SCENE  busy (the default), failing, empty, hostile, many-queues, deep; SIZE is that of the last two
--still  nothing happens any more once the scene is in place
--dev    the pages come from the sources, and change with them
--port   where they are; else a free port
--serve  a flag for memq-server, such as --serve=--http-readonly`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    still: { type: 'boolean' },
    dev: { type: 'boolean' },
    port: { type: 'string', default: '0' },
    serve: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', short: 'h' },
  },
});
const [name = 'busy', size] = positionals;
/** @type {{ module: typeof import('../test/helpers/scenes/scenes.ts') }} */
const { module } = await runnerImport(join(ROOT, 'test/helpers/scenes/scenes.ts'), {
  root: ROOT,
  configFile: false,
});
const scene = module.SCENES[name];
if (values.help || scene === undefined) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 64);
}
if (!isBuilt()) await build();

const { dev: isDev, port } = values;
const args = [...values.serve, ...(isDev ? [] : ['--http', `127.0.0.1:${port}`])];
const begun = performance.now();
const { server, play } = await module.stage(scene(size === undefined ? undefined : Number(size)), { args });
console.log(`${name}: in place after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
if (!values.still) play.run();
const pages = isDev && (await servePages());
console.log(
  `${pages ? `http://127.0.0.1:${pages.config.server.port}` : server.url}  (memcache: port ${server.port})`,
);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
if (pages) await pages.close();
await play.stop();
await server[Symbol.asyncDispose]();
process.exit();

/** The pages from their sources, with the server's API behind them. */
async function servePages() {
  const proxy = { '^/(api|metrics|healthz|readyz)': server.url };
  const made = await createServer({
    configFile: join(ROOT, 'dashboard/vite.config.ts'),
    server: { host: '127.0.0.1', port: Number(port) || 5173, proxy },
  });
  return made.listen();
}
