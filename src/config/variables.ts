/** Every variable of the environment that the operator reads: one description for parsing, `--help` and the documentation. */
import { MIGRATE_MODES, TLS_MODES, type MigrateMode, type TlsMode } from '../database/settings.ts';
import { certificateFile, secretFile } from './files.ts';
import { labelSelector } from './label-selector.ts';
import { clusterName, databaseName, host, namespace, namespaces, objectName } from './names.ts';
import { flag, wholeNumber } from './numbers.ts';
import { fit, type Parse } from './parsed.ts';
import { oneOf } from './words.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** How rows that changed are found. */
const FEED_KINDS = ['poll', 'binlog'] as const;
export type FeedKind = (typeof FEED_KINDS)[number];

/** Ten years, the CRD's limit for `ttlSecondsAfterFinished`. */
const TTL_MAX_SECONDS = 315_360_000;

export interface Variable<T> {
  readonly parse: Parse<T>;
  /** One sentence for a person, without the default. */
  readonly description: string;
  /** The value when the variable is unset. */
  readonly fallback: T;
  /** The default as shown to a person. */
  readonly shownDefault: string;
}

/** Unset gives `undefined`; `shownDefault` says what follows from that. */
function optional<T>(parse: Parse<T>, shownDefault: string, description: string): Variable<T | undefined> {
  return { parse, description, fallback: undefined, shownDefault };
}

function defaulted<T extends string | number | boolean>(parse: Parse<T>, fallback: T, description: string): Variable<T> {
  return { parse, description, fallback, shownDefault: String(fallback) };
}

export const VARIABLES = {
  DB_HOST: optional(host, 'required', 'Host name or address of the MySQL server.'),
  DB_PORT: defaulted(wholeNumber(1, 65_535), 3306, 'Port of the MySQL server.'),
  DB_NAME: defaulted(databaseName(64), 'wordpress', 'Database (schema) that holds the jobs table.'),
  DB_USER: defaulted(databaseName(128), 'admin', 'User to log in as.'),
  DB_PASSWORD_FILE: optional(secretFile, 'this or DB_PASSWORD', 'File with the password; read again when it changes, without a restart.'),
  DB_PASSWORD: optional<string>((text) => fit(text), 'this or DB_PASSWORD_FILE', 'The password itself.'),
  DB_TLS: defaulted<TlsMode>(
    oneOf(TLS_MODES),
    'verify',
    'verify: encrypted, the certificate is checked; insecure: encrypted, nothing is checked; off: clear text.',
  ),
  DB_TLS_CA_FILE: optional(certificateFile, 'public and Amazon RDS CAs', 'File of further CA certificates in PEM.'),
  DB_POOL_SIZE: defaulted(wholeNumber(1, 500), 10, 'Most connections to the database at once.'),
  DB_MIGRATE: defaulted<MigrateMode>(
    oneOf(MIGRATE_MODES),
    'create',
    "create: make the jobs table if it is missing; full: also optional indexes and the operator's own tables; off: change nothing.",
  ),
  WATCH_NAMESPACES: optional(namespaces, 'all namespaces', 'Namespaces to watch, separated by commas.'),
  WATCH_LABEL_SELECTOR: optional(labelSelector, 'every Job', 'Label selector of the Jobs to look after; lets several operators share a cluster.'),
  CLUSTER_NAME: optional(clusterName, 'none: keyed Jobs are refused', 'Name of this cluster, part of the identity of Jobs with an idempotencyKey.'),
  FEED: defaulted<FeedKind>(
    oneOf(FEED_KINDS),
    'poll',
    "poll: changed rows are looked for; binlog: the server's binary log says where to look at once, and looking goes on underneath.",
  ),
  // A change to a finished row has to be seen within 60 s.
  FEED_INTERVAL_MS: defaulted(wholeNumber(10, 60_000), 250, 'Milliseconds between two looks for changed rows.'),
  PROGRESS_INTERVAL_MS: defaulted(wholeNumber(0, 3_600_000), 1000, 'Least milliseconds between two progress writes of one Job.'),
  TTL_SWEEP_FOREIGN_GRACE_SECONDS: optional(
    wholeNumber(0, TTL_MAX_SECONDS),
    '0; 3600 with WATCH_NAMESPACES or WATCH_LABEL_SELECTOR',
    'Seconds after its expiry that a finished row of no known Job is left alone, for another operator that may know it.',
  ),
  TTL_SWEEP_INTERVAL_SECONDS: defaulted(wholeNumber(1, 86_400), 60, 'Seconds between two sweeps of expired rows.'),
  // Statements over larger batches hold their locks for more than 100 ms.
  TTL_SWEEP_BATCH: defaulted(wholeNumber(1, 5000), 500, 'Most rows that one statement of the sweep removes.'),
  TTL_DRY_RUN: defaulted(flag, false, 'true: the sweep only says what it would remove.'),
  DEFAULT_TTL_SECONDS: optional(
    wholeNumber(0, TTL_MAX_SECONDS),
    'none: such rows stay',
    'Seconds from finish to expiry for Jobs that do not set ttlSecondsAfterFinished.',
  ),
  TOMBSTONE_TTL_DAYS: defaulted(wholeNumber(1, 36_500), 90, 'Days that the memory of a removed row with an idempotencyKey is kept.'),
  LEADER_ELECTION: defaulted(flag, true, 'Whether several replicas agree on one that works.'),
  LEASE_NAME: optional(objectName, 'jobs-operator, plus a hash of namespaces and selector', 'Name of the Lease that the replicas agree by.'),
  LEASE_NAMESPACE: optional(namespace, "the pod's, else default", 'Namespace of that Lease.'),
  HTTP_HOST: optional(host, 'all interfaces', 'Address that the health and metrics server listens on.'),
  HTTP_PORT: defaulted(wholeNumber(0, 65_535), 8080, 'Port of /metrics, /healthz and /readyz; 0 takes a free one and logs it.'),
  LOG_LEVEL: defaulted<LogLevel>(oneOf(LOG_LEVELS), 'info', `Least level that is logged: ${LOG_LEVELS.join(', ')}.`),
  LOG_FORMAT: defaulted<LogFormat>(oneOf(LOG_FORMATS), 'json', 'json: one object per line; pretty: for reading along.'),
} as const;

export type VariableName = keyof typeof VARIABLES;

/** The parsed value of every variable. */
export type Values = { readonly [N in VariableName]: (typeof VARIABLES)[N]['fallback'] };

/** The table as lines of text for `--help`, wrapped by hand at one variable per two lines. */
export function describeVariables(): string {
  return Object.entries<Variable<unknown>>(VARIABLES)
    .map(([name, { shownDefault, description }]) => `  ${name} (${shownDefault})\n      ${description}`)
    .join('\n');
}
