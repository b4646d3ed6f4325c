import { ConfigError } from '../../../../../shared/errors.ts';

/** The names of the tables of one cluster, as they stand in statements. */
export interface Tables {
  readonly schema: string;
  readonly cluster: string;
  /** What a schema is called in statements. */
  readonly quotedSchema: string;
  readonly version: string;
  readonly clusters: string;
  readonly members: string;
  /** Partitioned by the numbers of segments. */
  readonly log: string;
  /** The partition of a segment. */
  segment(number: number): string;
  /** The number of a partition of that name. */
  numberOf(partition: string): number;
}

/** What the name of a cluster ends with as long as it is being made: nobody can say that of one that is to be served from. */
export const PART = '.partial';

/** Longer ones would not leave space for the number of a segment in the name of a partition. */
const PLAIN_NAME = /^[a-z0-9_]{1,40}$/;

/** Throws ConfigError for a name that is not plain: names stand in statements. */
export function tablesOf(schema: string, cluster: string): Tables {
  for (const [what, name] of Object.entries({ cluster, schema })) {
    if (PLAIN_NAME.test(what === 'cluster' && name.endsWith(PART) ? name.slice(0, -PART.length) : name))
      continue;
    throw new ConfigError(`the name of a ${what} is 1 to 40 of a-z, 0-9 and _, not ${JSON.stringify(name)}`);
  }
  if (schema.startsWith('pg_')) throw new ConfigError(`PostgreSQL keeps names like ${schema} for itself`);
  const quotedSchema = `"${schema}"`;
  const table = (name: string) => `${quotedSchema}."${name}"`;
  return {
    ...{ schema, cluster, quotedSchema },
    version: table('version'),
    clusters: table('clusters'),
    members: table('members'),
    log: table(`log_${cluster}`),
    // The number comes first: no name of a cluster makes it the partition of another one.
    segment: (number) => table(`segment_${number}_${cluster}`),
    numberOf: (partition) => Number(partition.split('_')[1]),
  };
}
