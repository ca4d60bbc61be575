/** Environment -> one frozen, validated object. Nobody else reads the environment. */
import { createHash } from 'node:crypto';
import { disk } from './config/files.ts';
import { nearMiss } from './config/near-miss.ts';
import type { Files } from './config/parsed.ts';
import { VARIABLES, type FeedKind, type LogFormat, type LogLevel, type Values, type Variable, type VariableName } from './config/variables.ts';
import { DEFAULT_TIMEOUTS, type DatabaseSettings, type MigrateMode, type PasswordSource } from './database/settings.ts';
import { OperatorError } from './errors.ts';
import type { AccessEnvironment } from './kubernetes/cluster-access.ts';

export interface WatchSettings {
  /** Sorted, without doubles; empty: all namespaces. */
  readonly namespaces: readonly string[];
  readonly labelSelector: string | undefined;
}

export interface FeedSettings {
  readonly kind: FeedKind;
  readonly intervalMs: number;
}

export interface TtlSettings {
  readonly sweepIntervalSeconds: number;
  /** Most rows per statement. */
  readonly sweepBatch: number;
  readonly dryRun: boolean;
  /** For Jobs that do not say; undefined: their rows stay. */
  readonly defaultSeconds: number | undefined;
  /** How long after its expiry a finished row of no known resource is left alone. */
  readonly foreignGraceSeconds: number;
  readonly tombstoneDays: number;
}

export interface LeaderElectionSettings {
  readonly enabled: boolean;
  readonly leaseName: string;
  readonly leaseNamespace: string;
}

export interface HttpSettings {
  /** undefined: all interfaces. */
  readonly host: string | undefined;
  /** 0: any free port. */
  readonly port: number;
}

export interface LogSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

/** What the operator was told, deeply frozen. */
export interface Config {
  /** What finding the cluster needs to know; its rules are kubectl's, not ours. */
  readonly access: AccessEnvironment;
  readonly database: DatabaseSettings;
  readonly migrate: MigrateMode;
  readonly watch: WatchSettings;
  /** Part of keyed identities; undefined: keyed Jobs are refused. */
  readonly clusterName: string | undefined;
  readonly feed: FeedSettings;
  /** Least time between two progress writes of one resource. */
  readonly progressIntervalMs: number;
  readonly ttl: TtlSettings;
  readonly leaderElection: LeaderElectionSettings;
  readonly http: HttpSettings;
  readonly log: LogSettings;
  /** To be logged once at start: it works, but perhaps not as it was meant. */
  readonly warnings: readonly ConfigProblem[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the kubelet tells a pod its namespace. */
const POD_NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** Another operator on the same table gets this long to sweep what only it can judge (contract, section 6). */
const SHARED_TABLE_GRACE_SECONDS = 3600;

/** One thing wrong, or odd, with the configuration. */
export interface ConfigProblem {
  readonly variable: string;
  /** Continues "DB_PORT: …"; never holds a password. */
  readonly problem: string;
}

/** The configuration, or everything that is wrong with it. Never throws. */
export type ConfigOutcome =
  | { readonly config: Config; readonly problems: readonly [] }
  | { readonly config: undefined; readonly problems: readonly ConfigProblem[] };

/** Throws `CONFIG_INVALID` with one line per problem, and nothing else. */
export function loadConfig(env: Environment, files: Files = disk): Config {
  const { config, problems } = readConfig(env, files);
  if (config !== undefined) return config;
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`;
  const lines = problems.map(({ variable, problem }) => `  ${variable}: ${problem}`);
  throw new OperatorError('CONFIG_INVALID', [`${count} in the configuration:`, ...lines].join('\n'));
}

export function readConfig(env: Environment, files: Files = disk): ConfigOutcome {
  const problems: ConfigProblem[] = [];
  const values = readValues(env, files, problems);
  const password = passwordOf(env, values, problems);
  const host = values.DB_HOST;
  if (host === undefined && isUnset(env['DB_HOST'])) {
    problems.unshift({ variable: 'DB_HOST', problem: 'is not set; it has to be the host name or address of the MySQL server' });
  }
  if (host === undefined || password === undefined || problems.length > 0) return { config: undefined, problems };
  return { config: freeze(assemble(env, values, host, password, files)), problems: [] };
}

function isUnset(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}

/** A variable with a problem keeps its default, so that the others can still be judged. */
function readValues(env: Environment, files: Files, problems: ConfigProblem[]): Values {
  const read = (name: string, variable: Variable<unknown>): unknown => {
    const text = env[name];
    if (text === undefined || isUnset(text)) return variable.fallback;
    // Spaces and newlines around a value come from YAML blocks and files; in a password they may be meant.
    const parsed = variable.parse(name === ('DB_PASSWORD' satisfies VariableName) ? text : text.trim(), files);
    if (parsed.ok) return parsed.value;
    problems.push({ variable: name, problem: parsed.problem });
    return variable.fallback;
  };
  const entries = Object.entries<Variable<unknown>>(VARIABLES).map(([name, variable]) => [name, read(name, variable)]);
  // The keys are those of VARIABLES, and each value came from the parser or default of its own variable.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(entries) as Values;
}

function passwordOf(env: Environment, values: Values, problems: ConfigProblem[]): PasswordSource | undefined {
  const hasValue = !isUnset(env['DB_PASSWORD']);
  const hasFile = !isUnset(env['DB_PASSWORD_FILE']);
  if (hasValue && hasFile) {
    problems.push({ variable: 'DB_PASSWORD', problem: 'is set, and so is DB_PASSWORD_FILE; only one of the two is allowed' });
  } else if (!hasValue && !hasFile) {
    problems.push({ variable: 'DB_PASSWORD_FILE', problem: 'is not set, and neither is DB_PASSWORD; one of the two has to be' });
  }
  if (values.DB_PASSWORD_FILE !== undefined) return { kind: 'file', path: values.DB_PASSWORD_FILE };
  if (values.DB_PASSWORD !== undefined) return { kind: 'value', value: values.DB_PASSWORD };
  return undefined;
}

function assemble(env: Environment, values: Values, host: string, password: PasswordSource, files: Files): Config {
  const watch: WatchSettings = { namespaces: values.WATCH_NAMESPACES ?? [], labelSelector: values.WATCH_LABEL_SELECTOR };
  const watchesAll = watch.namespaces.length === 0 && watch.labelSelector === undefined;
  return {
    access: {
      KUBERNETES_SERVICE_HOST: env['KUBERNETES_SERVICE_HOST'],
      KUBERNETES_SERVICE_PORT: env['KUBERNETES_SERVICE_PORT'],
      KUBECONFIG: env['KUBECONFIG'],
      HOME: env['HOME'],
    },
    database: {
      host,
      port: values.DB_PORT,
      name: values.DB_NAME,
      user: values.DB_USER,
      password,
      tls: { mode: values.DB_TLS, caFile: values.DB_TLS_CA_FILE },
      poolSize: values.DB_POOL_SIZE,
      timeouts: { ...DEFAULT_TIMEOUTS },
    },
    migrate: values.DB_MIGRATE,
    watch,
    clusterName: values.CLUSTER_NAME,
    feed: { kind: values.FEED, intervalMs: values.FEED_INTERVAL_MS },
    progressIntervalMs: values.PROGRESS_INTERVAL_MS,
    ttl: {
      sweepIntervalSeconds: values.TTL_SWEEP_INTERVAL_SECONDS,
      sweepBatch: values.TTL_SWEEP_BATCH,
      dryRun: values.TTL_DRY_RUN,
      defaultSeconds: values.DEFAULT_TTL_SECONDS,
      foreignGraceSeconds: values.TTL_SWEEP_FOREIGN_GRACE_SECONDS ?? (watchesAll ? 0 : SHARED_TABLE_GRACE_SECONDS),
      tombstoneDays: values.TOMBSTONE_TTL_DAYS,
    },
    leaderElection: {
      enabled: values.LEADER_ELECTION,
      leaseName: values.LEASE_NAME ?? leaseNameFor(watch),
      leaseNamespace: values.LEASE_NAMESPACE ?? podNamespace(files) ?? 'default',
    },
    http: { host: values.HTTP_HOST, port: values.HTTP_PORT },
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT },
    warnings: warningsFor(env),
  };
}

function warningsFor(env: Environment): readonly ConfigProblem[] {
  const names = Object.keys(VARIABLES);
  return Object.keys(env).flatMap((variable) => {
    const meant = isUnset(env[variable]) ? undefined : nearMiss(variable, names);
    return meant === undefined ? [] : [{ variable, problem: `is not known and has no effect; ${meant} is` }];
  });
}

/** Operators with different selections must not share a Lease: each of them has to work. */
function leaseNameFor(watch: WatchSettings): string {
  if (watch.namespaces.length === 0 && watch.labelSelector === undefined) return 'jobs-operator';
  const selection = `${watch.namespaces.join(',')}\n${watch.labelSelector ?? ''}`;
  return `jobs-operator-${createHash('sha256').update(selection).digest('hex').slice(0, 8)}`;
}

/** undefined outside of a pod. */
function podNamespace(files: Files): string | undefined {
  try {
    return files.readText(POD_NAMESPACE_FILE).trim() || undefined;
  } catch {
    // Not in a pod, or one without a mounted service account: the caller has a default for that.
    return undefined;
  }
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner);
    Object.freeze(value);
  }
  return value;
}
