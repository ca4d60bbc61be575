import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startApiProxy } from '../../../dev/api-proxy.ts';
import type { ApiProxy, ProxiedRequest } from '../../../dev/api-proxy.ts';
import { compactHistory } from '../../../dev/etcd-history.ts';
import { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import { createProgress } from '../../../dev/progress.ts';
import { startToxiproxy } from '../../../dev/toxiproxy.ts';
import { logOf } from '../../e2e/support/operator-log.ts';
import { openOwnCluster } from '../../e2e/support/own-cluster.ts';
import type { OwnCluster } from '../../e2e/support/own-cluster.ts';
import { createServiceAccount, JOB_RULES } from '../../support/service-account.ts';
import { useStack, waitFor } from '../../support/stack.ts';
import type { Lane } from './lane.ts';
import type { Broken, FaultCase } from './run-fault.ts';
import { ALL_DONE, ALL_WAITS } from './seen.ts';
import type { Meanwhile } from './seen.ts';
import { tryFaults } from './try-faults.ts';

const stack = useStack();

/** Several steps of every back-off. */
const AWAY_MS = 5_000;
const RETRY_AFTER_SECONDS = 1;
/** Conflicts in a row for each Job, with somebody else who is always faster. */
const CONFLICTS = 3;

type Prepare = FaultCase['prepare'];

const ownCluster = (fault: (cluster: OwnCluster) => Pick<Broken, 'strike' | 'heal'> & { readonly kubeconfig?: string }): Prepare => async (on) => {
  const cluster = await openOwnCluster(on);
  const { api, controlPlane, namespace } = cluster;
  const { strike, heal, kubeconfig = cluster.kubeconfig } = fault(cluster);
  const database = await on.database();
  return { database, cluster: { api, credentials: controlPlane.credentials, namespace }, ways: { mysql: database, kubeconfig }, env: { LEADER_ELECTION: 'true' }, strike, heal };
};

const killed = ({ controlPlane }: OwnCluster): Pick<Broken, 'strike' | 'heal'> => ({
  strike: () => controlPlane.apiServer.kill('SIGKILL'),
  heal: () => controlPlane.apiServer.start(),
});

/** The operator cannot get there while things happen, and the API server forgets them before it can. */
const historyLost: Prepare = async (on) => {
  const cluster = await openOwnCluster(on);
  const { api, controlPlane, namespace } = cluster;
  const { hostname, port } = new URL(controlPlane.credentials.url);
  const toxiproxy = await startToxiproxy(on.folder, createProgress());
  on.defer(() => toxiproxy.stop());
  const proxy = await toxiproxy.proxy({ host: hostname, port: Number(port) });
  const kubeconfig = await on.kubeconfigFor({ ...controlPlane.credentials, url: `https://${hostname}:${proxy.port}` });
  const database = await on.database();
  return {
    database,
    cluster: { api, credentials: controlPlane.credentials, namespace },
    ways: { mysql: database, kubeconfig },
    env: {},
    strike: () => proxy.close(),
    async heal() {
      // As the API server does every five minutes; its own memory of it goes with a restart.
      await compactHistory(controlPlane.etcdUrl);
      await controlPlane.apiServer.kill('SIGKILL');
      await controlPlane.apiServer.start();
      await proxy.open();
    },
  };
};

/** With a proxy that knows HTTP before the run's API server. */
const proxied = (fault: (proxy: ApiProxy, broken: Omit<Broken, 'strike' | 'heal'>) => Pick<Broken, 'strike' | 'heal' | 'others'>): Prepare => async (on) => {
  const [database, namespace] = [await on.database(), await on.namespace()];
  const proxy = await startApiProxy(on.credentials);
  on.defer(() => proxy.stop());
  const kubeconfig = await on.kubeconfigFor({ ...on.credentials, url: proxy.url });
  const parts = { database, cluster: { api: on.api, credentials: on.credentials, namespace }, ways: { mysql: database, kubeconfig }, env: {} };
  return { ...parts, ...fault(proxy, parts) };
};

/** Until it is healed, everything is answered so, and watches are broken off. */
const answering = (status: number, headers: Readonly<Record<string, string>> = {}, seen: (asked: ProxiedRequest) => void = () => undefined): Prepare =>
  proxied((proxy) => ({
    async strike() {
      proxy.intercept = (asked) => {
        seen(asked);
        return { status, headers };
      };
      proxy.breakOff();
    },
    async heal() {
      proxy.intercept = undefined;
    },
  }));

const throttled: ProxiedRequest[] = [];

/** About one attempt of the same request for each pause that was asked for; a new hint that there is something to do may come in between. */
function isPatient(): Promise<readonly string[]> {
  const most = AWAY_MS / 1_000 / RETRY_AFTER_SECONDS + 2;
  const byRequest = Map.groupBy(throttled, ({ method, path, headers }) => `${method} ${path.replaceAll(/(resourceVersion|timeoutSeconds)=\d+/g, '$1')} ${headers.accept}`);
  const hasty = [...byRequest].filter(([, asked]) => asked.length > most);
  return Promise.resolve([
    ...(throttled.length > 3 ? [] : [`only ${throttled.length} requests were refused`]),
    ...hasty.map(([request, { length }]) => `${request} was sent ${length} times in ${AWAY_MS} ms`),
  ]);
}

/** Somebody else writes each Job between the operator's read and its write. */
const contested: Prepare = proxied((proxy, { cluster }) => {
  const counts = new Map<string, number>();
  return {
    async strike() {
      proxy.intercept = async ({ method, path }) => {
        const name = /\/jobs\/([^/?]+)/.exec(path)?.[1];
        if (method !== 'PATCH' || name === undefined) return undefined;
        const count = (counts.get(name) ?? 0) + 1;
        if (count > CONFLICTS) return undefined;
        counts.set(name, count);
        await cluster.api.merge(`${cluster.namespace.jobsPath}/${name}`, { metadata: { labels: { touched: String(count) } } });
        return undefined;
      };
    },
    async heal() {
      proxy.intercept = undefined;
    },
    others: () => counts,
  };
});

async function metConflicts({ metrics }: Lane): Promise<readonly string[]> {
  const conflicts = await metrics.sum('rest_client_requests_total', { code: '409' });
  return conflicts >= CONFLICTS * 4 ? [] : [`there were only ${conflicts} conflicts`];
}

const isOfJobs = ({ method, path }: ProxiedRequest): boolean => method === 'GET' && /\/jobs\?/.test(path);
const isWatch = ({ path }: ProxiedRequest): boolean => path.includes('watch=true');

/** The watch is refused as too old, and the list that follows is one from before. */
const staleList: Prepare = proxied((proxy, { cluster }) => {
  let old = '';
  return {
    async strike() {
      old = await cluster.api.text('GET', `${cluster.namespace.jobsPath}?limit=500`);
      proxy.intercept = (asked) => (isOfJobs(asked) ? { status: isWatch(asked) ? 410 : 503 } : undefined);
      proxy.breakOff();
    },
    async heal() {
      let served = false;
      await new Promise<void>((resolve) => {
        proxy.intercept = (asked) => {
          if (served || !isOfJobs(asked) || isWatch(asked)) return undefined;
          served = true;
          resolve();
          return { status: 200, body: old };
        };
      });
    },
  };
});

/** The account of the operator is made anew: its old token ends, and the file gets the new one late. */
const tokenEnds: Prepare = async (on) => {
  const [database, namespace] = [await on.database(), await on.namespace()];
  const account = await createServiceAccount(on, namespace, JOB_RULES);
  const accounts = `/api/v1/namespaces/${namespace.name}/serviceaccounts`;
  const token = async (): Promise<string> => (await on.api.post<{ status: { token: string } }>(`${accounts}/operator/token`, {})).status.token;
  const file = join(on.folder.path, `token-of-${namespace.name}`);
  const old = await token();
  await writeFile(file, old);
  const kubeconfig = `${account.kubeconfig}-with-file`;
  await writeFile(kubeconfig, (await readFile(account.kubeconfig, 'utf8')).replace(/\{token: .*\}/, `{tokenFile: ${JSON.stringify(file)}}`));
  const asBefore = new KubernetesApi({ ...on.credentials, token: old });
  on.defer(() => asBefore.close());
  return {
    database,
    cluster: { api: on.api, credentials: on.credentials, namespace },
    ways: { mysql: database, kubeconfig },
    env: {},
    async strike() {
      await on.api.delete(`${accounts}/operator`);
      await on.api.post(accounts, { metadata: { name: 'operator' } });
      // The API server believes it for up to ten seconds more.
      await waitFor(async () => (await asBefore.send('GET', namespace.jobsPath)).status === 401, { what: 'the old token to be refused', timeoutMs: 20_000, intervalMs: 200 });
    },
    heal: async () => writeFile(file, await token()),
  };
};

const FAULTS: readonly FaultCase[] = [
  { what: 'token ended, and the new one late', side: 'API server', lastsMs: AWAY_MS, meanwhile: ALL_WAITS, also: tellsUnauthorized, prepare: tokenEnds },
  { what: 'killed (-9), restarted', side: 'API server', lastsMs: AWAY_MS, meanwhile: ALL_WAITS, before: { users: true }, prepare: ownCluster(killed) },
  { what: 'unreachable, and its history compacted (410)', side: 'API server', lastsMs: 2_000, meanwhile: ALL_WAITS, afterwards: toldGone, prepare: historyLost },
  { what: `429 with Retry-After: ${RETRY_AFTER_SECONDS}`, side: 'API server', lastsMs: AWAY_MS, meanwhile: ALL_WAITS, also: isPatient, prepare: answering(429, { 'retry-after': String(RETRY_AFTER_SECONDS) }, (asked) => throttled.push(asked)) },
  { what: '500 to everything', side: 'API server', lastsMs: AWAY_MS, meanwhile: ALL_WAITS, prepare: answering(500) },
  { what: `409, ${CONFLICTS} in a row for each Job`, side: 'API server', lastsMs: AWAY_MS * 2, meanwhile: ALL_DONE, afterwards: metConflicts, prepare: contested },
  { what: 'no list, and then a stale one', side: 'API server', lastsMs: AWAY_MS, meanwhile: { ...ALL_WAITS, shown: true } satisfies Meanwhile, prepare: staleList },
];

function tellsUnauthorized({ operator }: Lane): Promise<readonly string[]> {
  return Promise.resolve(logOf(operator).some(({ error }) => error?.code === 'API_UNAUTHORIZED') ? [] : ['the log does not tell that the credentials are refused']);
}

function toldGone({ operator }: Lane): Promise<readonly string[]> {
  return Promise.resolve(logOf(operator).some(({ error }) => error?.code === 'API_GONE') ? [] : ['the watch was never too old']);
}

tryFaults(stack, { where: 'the API server itself', faults: FAULTS });
