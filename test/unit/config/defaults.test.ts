import { describe, expect, it } from '@jest/globals';
import { loadConfig, type LeaderElectionSettings } from '../../../src/config.ts';
import { filesOf, VALID } from './environment.ts';

function graceOf(env: Record<string, string>): number {
  return loadConfig({ ...VALID, ...env }, filesOf()).ttl.foreignGraceSeconds;
}

function leaseOf(env: Record<string, string>, files = filesOf()): LeaderElectionSettings {
  return loadConfig({ ...VALID, ...env }, files).leaderElection;
}

describe('an environment with only a host and a password', () => {
  const config = loadConfig(VALID, filesOf());

  it('gets the defaults of the contract', () => {
    expect(config).toMatchObject({
      database: {
        host: 'db.example.com',
        port: 3306,
        name: 'wordpress',
        user: 'admin',
        password: { kind: 'value', value: 'correct horse' },
        tls: { mode: 'verify', caFile: undefined },
        poolSize: 10,
      },
      migrate: 'create',
      watch: { namespaces: [], labelSelector: undefined },
      clusterName: undefined,
      feed: { kind: 'poll', intervalMs: 250 },
      progressIntervalMs: 1000,
      ttl: { sweepIntervalSeconds: 60, sweepBatch: 500, dryRun: false, defaultSeconds: undefined, foreignGraceSeconds: 0, tombstoneDays: 90 },
      leaderElection: { enabled: true, leaseName: 'jobs-operator', leaseNamespace: 'default' },
      http: { host: undefined, port: 8080 },
      log: { level: 'info', format: 'json' },
    });
  });

  it('gives an object that nobody can change, at any depth', () => {
    expect(Object.isFrozen(config)).toBe(true);
    expect(() => Object.assign(config.database.tls, { mode: 'off' })).toThrow(TypeError);
    expect(() => Object.assign(config.watch.namespaces, { 0: 'x' })).toThrow(TypeError);
  });

  it('gives no warning', () => {
    expect(config.warnings).toEqual([]);
  });

  it('takes empty and blank variables as unset', () => {
    const blank = { DB_PORT: '', DB_USER: '  ', DB_PASSWORD_FILE: '', WATCH_NAMESPACES: '\n', DEFAULT_TTL_SECONDS: '' };
    expect(loadConfig({ ...VALID, ...blank }, filesOf())).toEqual(config);
  });

  it('ignores the spaces and newlines around a value, but not those of a password', () => {
    const spaced = loadConfig({ DB_HOST: ' db.example.com\n', DB_PASSWORD: ' s ', DB_PORT: '3307\n' }, filesOf());
    expect(spaced.database).toMatchObject({ host: 'db.example.com', port: 3307, password: { kind: 'value', value: ' s ' } });
  });
});

describe('where the cluster is', () => {
  it('is passed on from the variables that kubectl and the kubelet know', () => {
    const { access } = loadConfig({ ...VALID, KUBECONFIG: '/k', HOME: '/h', KUBERNETES_SERVICE_HOST: '10.0.0.1' }, filesOf());
    expect(access).toEqual({ KUBECONFIG: '/k', HOME: '/h', KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: undefined });
  });
});

describe('the grace for rows of unknown Jobs', () => {
  it('is an hour when another operator may know them', () => {
    expect(graceOf({ WATCH_NAMESPACES: 'team-a' })).toBe(3600);
    expect(graceOf({ WATCH_LABEL_SELECTOR: 'shard=1' })).toBe(3600);
  });

  it('is what was set, 0 included', () => {
    expect(graceOf({ WATCH_NAMESPACES: 'team-a', TTL_SWEEP_FOREIGN_GRACE_SECONDS: '0' })).toBe(0);
    expect(graceOf({ TTL_SWEEP_FOREIGN_GRACE_SECONDS: '60' })).toBe(60);
  });
});

describe('the Lease', () => {
  it('is another one for each selection of Jobs, the same for the same selection in another order', () => {
    const names = [{}, { WATCH_NAMESPACES: 'a' }, { WATCH_NAMESPACES: 'a,b' }, { WATCH_LABEL_SELECTOR: 'a' }].map((env) => leaseOf(env).leaseName);
    expect(new Set(names).size).toBe(names.length);
    expect(names[1]).toMatch(/^jobs-operator-[0-9a-f]{8}$/);
    expect(leaseOf({ WATCH_NAMESPACES: 'b, a,b' })).toEqual(leaseOf({ WATCH_NAMESPACES: 'a,b' }));
  });

  it('lives in the namespace of the pod, unless another one is named', () => {
    const pod = filesOf({ '/var/run/secrets/kubernetes.io/serviceaccount/namespace': 'jobs-system' });
    expect(leaseOf({}, pod).leaseNamespace).toBe('jobs-system');
    expect(leaseOf({ LEASE_NAMESPACE: 'other' }, pod).leaseNamespace).toBe('other');
  });
});
