import { LINE_FAULTS } from '../../../dev/line-fault.ts';
import type { LineFaultName } from '../../../dev/line-fault.ts';
import { createProgress } from '../../../dev/progress.ts';
import { startToxiproxy } from '../../../dev/toxiproxy.ts';
import type { ProxyOptions, Toxiproxy } from '../../../dev/toxiproxy.ts';
import { startTcpProxy } from '../../integration/kubernetes/tcp-proxy.ts';
import { useStack } from '../../support/stack.ts';
import type { Broken, FaultCase } from './run-fault.ts';
import { ALL_DONE, ALL_WAITS } from './seen.ts';
import type { Meanwhile } from './seen.ts';
import { tryFaults } from './try-faults.ts';

const stack = useStack();
let toxiproxy: Toxiproxy;

/** Longer than the 20 s in which a statement has to be answered and the 5 s that a connection may take, and than the 30 s of a request. */
const SWALLOWED_MS = { mysql: 26_000, apiServer: 33_000 };
/** Longer than what a new connection takes to give up, several steps of every back-off. */
const BROKEN_MS = 6_000;
/** Enough for all to be done although it is slow. */
const SLOW_MS = 12_000;

type Prepare = FaultCase['prepare'];

/** @param line between the operator and its database */
const toMysql = (line: (host: string, port: number) => Promise<Way>): Prepare => async (on) => {
  const [database, namespace] = [await on.database(), await on.namespace()];
  const { port, strike, heal } = await line(database.host, database.port);
  const cluster = { api: on.api, credentials: on.credentials, namespace };
  return { database, cluster, ways: { mysql: { host: '127.0.0.1', port }, kubeconfig: on.kubeconfig }, env: {}, strike, heal };
};

/** @param line between the operator and its API server */
const toApiServer = (line: (host: string, port: number) => Promise<Way>): Prepare => async (on) => {
  const [database, namespace] = [await on.database(), await on.namespace()];
  const url = new URL(on.credentials.url);
  const { port, strike, heal } = await line(url.hostname, Number(url.port));
  // The certificate is for the host, which is the same.
  url.port = String(port);
  const kubeconfig = await on.kubeconfigFor({ ...on.credentials, url: url.origin });
  const cluster = { api: on.api, credentials: on.credentials, namespace };
  return { database, cluster, ways: { mysql: database, kubeconfig }, env: { LEADER_ELECTION: 'true' }, strike, heal };
};

/** Where the operator connects to, and what becomes of that. */
interface Way extends Pick<Broken, 'strike' | 'heal'> {
  readonly port: number;
}

const through = (fault: LineFaultName, ending: ProxyOptions['ending'] = 'fin') => async (host: string, port: number): Promise<Way> => {
  const proxy = await toxiproxy.proxy({ host, port, ending });
  return { port: proxy.port, ...LINE_FAULTS[fault](proxy) };
};

/** As a firewall does that has lost its memory: what is open is dead for good, in silence, and new connections are well. */
const forgetful = async (host: string, port: number): Promise<Way> => {
  const proxy = await startTcpProxy({ host, port });
  stack.defer(() => proxy.stop());
  return { port: proxy.port, strike: async () => proxy.freeze(), heal: () => Promise.resolve() };
};

/** The deletion of a Job says that it waits for the database. */
const TOLD: Meanwhile = { ...ALL_WAITS, deletion: 'told' };

const SIDES = [
  { side: 'MySQL', to: toMysql, swallowedMs: SWALLOWED_MS.mysql, waits: TOLD, unanswered: TOLD },
  // What is sent first is carried out, and not known to be.
  { side: 'API server', to: toApiServer, swallowedMs: SWALLOWED_MS.apiServer, waits: ALL_WAITS, unanswered: { ...ALL_WAITS, shown: true } },
] as const;

/** Those that last longest come first. */
const FAULTS: readonly FaultCase[] = SIDES.flatMap(({ side, to, swallowedMs, waits, unanswered }): FaultCase[] => [
  { what: 'black hole', side, lastsMs: swallowedMs, meanwhile: waits, prepare: to(through('blackHole')) },
  { what: 'black hole for what is asked', side, lastsMs: swallowedMs, meanwhile: waits, prepare: to(through('deafServer')) },
  { what: 'black hole for the answers', side, lastsMs: swallowedMs, meanwhile: unanswered, prepare: to(through('lostAnswers')) },
  { what: 'open connections forgotten', side, lastsMs: swallowedMs + 10_000, meanwhile: ALL_DONE, prepare: to(forgetful) },
  { what: 'latency', side, lastsMs: SLOW_MS, meanwhile: ALL_DONE, prepare: to(through('latency')) },
  { what: 'slow bytes', side, lastsMs: SLOW_MS, meanwhile: ALL_DONE, prepare: to(through('slowBytes')) },
  { what: 'cut in the middle of answers', side, lastsMs: SLOW_MS, meanwhile: ALL_DONE, prepare: to(through('cutAnswers')) },
  { what: 'refused', side, lastsMs: BROKEN_MS, meanwhile: waits, prepare: to(through('refused')) },
  { what: 'reset', side, lastsMs: BROKEN_MS, meanwhile: waits, prepare: to(through('reset', 'rst')) },
  { what: 'all connections ended at once', side, lastsMs: BROKEN_MS, meanwhile: ALL_DONE, before: { users: true, workers: true }, prepare: to(through('interrupted')) },
]).toSorted((left, right) => right.lastsMs - left.lastsMs);

tryFaults(stack, {
  where: 'a line between the operator and one of its servers',
  faults: FAULTS,
  async setUp() {
    toxiproxy = await startToxiproxy(stack.folder, createProgress());
    stack.defer(() => toxiproxy.stop());
  },
});
