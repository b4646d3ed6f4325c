import { resolve } from 'node:path';
import { Mistakes } from '../../shared/mistakes.ts';
import { DEFAULT_POLICY, type Policy } from '../engine/policy.ts';
import { type SharedLog, sharedLog } from './cluster-rules.ts';
import { NO_FILE, readConfigFile } from './config-file.ts';
import { type HttpPlace, httpMistakes, httpPlace } from './http-rules.ts';
import { Policies } from './policies.ts';
import { readSchedule, type ScheduleLine } from './schedule-lines.ts';
import { keepFixed, readSettings, type Settings, type Written } from './settings.ts';

/** Everything that can be set, complete and checked. */
export interface ServerConfig extends Settings {
  /** The configuration's own file; undefined when there are only flags. */
  readonly file: string | undefined;
  /** Undefined for no TCP. */
  readonly tcpPort: number | undefined;
  /** Undefined to keep nothing on the disk of this machine. */
  readonly dataDirectory: string | undefined;
  /** The log that several servers share; undefined where this one has its own. */
  readonly sharedLog: SharedLog | undefined;
  /** PEM files. With `ca`, clients have to show a certificate that it signed. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string | undefined } | undefined;
  /** Where HTTP is served; undefined for nowhere. */
  readonly httpPlace: HttpPlace | undefined;
  /** Why it is not served though nobody has said so. */
  readonly whyNoHttp: string | undefined;
  readonly httpTls: { readonly cert: string; readonly key: string } | undefined;
  readonly policies: Policies;
  readonly schedule: readonly ScheduleLine[];
  /** Names of settings that are written otherwise than they are in force, until a restart. */
  readonly outdated: readonly string[];
}

const DEFAULT_PORT = 22201;

interface ReadOptions {
  /** What such a server cannot change stays as it is there. */
  readonly running?: Settings;
  /** What is wrong with the command line otherwise. */
  readonly mistakes?: Mistakes;
  /** Notes what is wrong with the files that the configuration names. */
  readonly checkFiles?: (config: ServerConfig, mistakes: Mistakes) => void;
}

/**
 * Flags over the file over defaults.
 *
 * @throws UsageError or ConfigError that tells all that is wrong, each with the flag, or the file and the line
 */
export async function readConfig(
  flags: readonly Written[],
  file: string | undefined,
  { running, mistakes = new Mistakes(), checkFiles }: ReadOptions = {},
): Promise<ServerConfig> {
  const inFile = mistakes.of(file ?? '');
  const {
    settings: written,
    queues,
    schedule,
  } = file === undefined ? NO_FILE : await readConfigFile(file, inFile);
  const wanted = readSettings([...written, ...flags], mistakes, inFile);
  const { settings, outdated } = keepFixed(running ?? wanted, wanted);
  // Of what a reload keeps and what it changes nobody has said that they go together.
  if (running !== undefined && httpMistakes(wanted).length === 0)
    for (const [, text] of httpMistakes(settings)) mistakes.of('').add(0, `HTTP as it runs: ${text}`);
  const { port, unixSocket, memory, data } = settings;
  const { place, whyNot } = httpPlace(settings);
  const config = {
    ...settings,
    file: file && resolve(file),
    tcpPort: port ?? (unixSocket === undefined ? DEFAULT_PORT : undefined),
    dataDirectory: memory || settings.log !== undefined ? undefined : data,
    sharedLog: sharedLog(settings),
    tls: tlsFiles(settings),
    httpPlace: place,
    whyNoHttp: whyNot,
    httpTls: httpTlsFiles(settings),
    policies: new Policies(defaultPolicy(settings), queues, inFile),
    schedule: readSchedule(schedule, inFile),
    outdated,
  };
  checkFiles?.(config, mistakes);
  mistakes.throwIfAny();
  return config;
}

function tlsFiles({ tlsCert: cert, tlsKey: key, tlsCa: ca }: Settings): ServerConfig['tls'] {
  return cert === undefined || key === undefined ? undefined : { cert, key, ca };
}

/** Those of the memcache side, unless it has its own. */
function httpTlsFiles({ httpTlsCert, httpTlsKey, tlsCert, tlsKey }: Settings): ServerConfig['httpTls'] {
  const [cert, key] = httpTlsCert === undefined ? [tlsCert, tlsKey] : [httpTlsCert, httpTlsKey];
  return cert === undefined || key === undefined ? undefined : { cert, key };
}

function defaultPolicy({ maxAttempts, backoff, ignoreExptime, compat }: Settings): Policy {
  const exptime = ignoreExptime || compat === 'memcacheq' ? 'ignore' : 'honour';
  return { ...DEFAULT_POLICY, maxAttempts, backoff, exptime };
}
