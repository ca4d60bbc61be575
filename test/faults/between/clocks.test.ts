import { join } from 'node:path';
import { findFaketime, wrongClock } from '../../../dev/faketime.ts';
import { createProgress } from '../../../dev/progress.ts';
import { SetupError } from '../../../dev/setup-error.ts';
import { conditionsOf } from '../../e2e/support/jobs.ts';
import { useStack, waitFor } from '../../support/stack.ts';
import type { Lane } from './lane.ts';
import type { FaultCase } from './run-fault.ts';
import { ALL_DONE } from './seen.ts';
import { tryFaults } from './try-faults.ts';

const stack = useStack();

/** Longer than any deadline, pause and TTL of the play but the one that is not to end. */
const HOUR = 3_600;
const DONE_WITHIN_MS = 15_000;

/** Undefined where the distribution has none for us: then nobody can turn the hands of a server. */
const library = await findFaketime(createProgress()).catch((error: unknown) => {
  if (error instanceof SetupError) return undefined;
  throw error;
});

/** @param before seconds that the database's clock is ahead of the machine's, and after the strike */
const clock = (before: number, after: number): FaultCase['prepare'] => async (on) => {
  const namespace = await on.namespace();
  const hands = await wrongClock(library ?? '', join(on.folder.path, `clock-of-${namespace.name}`), before);
  const database = await on.database(await on.ownMysqlServer({ launch: hands.launch }));
  let ahead = before;
  return {
    database,
    cluster: { api: on.api, credentials: on.credentials, namespace },
    ways: { mysql: database, kubeconfig: on.kubeconfig },
    env: {},
    databaseNow: () => Date.now() + ahead * 1_000,
    async strike(lane) {
      await hands.set(after);
      const isSet = async (): Promise<boolean> => Math.abs((await lane.rows().now()) - Date.now() / 1_000 - after) < HOUR / 2;
      await waitFor(isSet, { what: "the database's clock to be set", timeoutMs: 10_000 });
      ahead = after;
    },
    heal: () => Promise.resolve(),
  };
};

/** By the database's clock the row is yet to be made: it waits until it is old enough to be removed. */
async function isKept({ jobs, rows, play }: Lane): Promise<readonly string[]> {
  const { Complete, Synced } = conditionsOf(await jobs.get('expires'));
  const row = await rows().find(play.idOf('expires'));
  return [
    ...(row?.status === 'completed' ? [] : ['the row that cannot be old enough yet was removed']),
    ...(Complete === 'True Completed' && Synced?.startsWith('True') === true ? [] : [`expires shows Complete=${Complete}, Synced=${Synced}`]),
  ];
}

const FAULTS: readonly FaultCase[] = [
  { what: 'clock an hour ahead', side: 'MySQL', lastsMs: DONE_WITHIN_MS, meanwhile: ALL_DONE, prepare: clock(HOUR, HOUR) },
  { what: 'clock an hour behind, then set right', side: 'MySQL', lastsMs: DONE_WITHIN_MS, meanwhile: ALL_DONE, prepare: clock(-HOUR, 0) },
  { what: 'clock an hour ahead, then set right', side: 'MySQL', lastsMs: DONE_WITHIN_MS, meanwhile: ALL_DONE, expires: false, afterwards: isKept, prepare: clock(HOUR, 0) },
];

tryFaults(stack, {
  where: 'the clock, which is not the one of the operator’s machine',
  faults: FAULTS,
  impossible: library === undefined ? 'there is no libfaketime to be had, and nobody else turns the hands of a server' : undefined,
});
