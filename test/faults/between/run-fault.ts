/** One fault from strike to quiet, and what was wrong with it. */

import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { logOf, probe } from '../../e2e/support/operator-log.ts';
import type { LogLine } from '../../e2e/support/operator-log.ts';
import type { TestStack } from '../../support/stack.ts';
import { waitFor } from '../../support/stack.ts';
import { openLane } from './lane.ts';
import type { Lane, LaneParts } from './lane.ts';
import { ALL_DONE, inWords, lastVersionAt, seenMeanwhile, superfluousVersions, unexpired, unsettled, versionsSince, violations } from './seen.ts';
import type { Meanwhile } from './seen.ts';

/** A fault, and the parts that it can be made of. */
export interface Broken extends LaneParts {
  readonly strike: (lane: Lane) => Promise<void>;
  readonly heal: (lane: Lane) => Promise<void>;
  /** Versions of each Job that somebody else is to answer for, by its name. */
  readonly others?: () => ReadonlyMap<string, number>;
}

export interface FaultCase {
  /** As the report names it. */
  readonly what: string;
  readonly side: 'MySQL' | 'API server' | 'both';
  /** From strike to heal, milliseconds; longer where it takes longer until a user sees what there is to see. */
  readonly lastsMs: number;
  /** What a user sees at its end. */
  readonly meanwhile: Meanwhile;
  /** Whether users or workers act in the moment before, because they cannot while it lasts. */
  readonly before?: { readonly users?: boolean; readonly workers?: boolean };
  /** The row that is to expire does so afterwards; default true. */
  readonly expires?: boolean;
  /** Versions that a Job of this name may get because of the fault. */
  readonly more?: Readonly<Record<string, number>>;
  /** More that has to be so before the heal; a sentence for each thing that is not. */
  readonly also?: (lane: Lane) => Promise<readonly string[]>;
  /** And when all is done. */
  readonly afterwards?: (lane: Lane) => Promise<readonly string[]>;
  readonly prepare: (stack: TestStack) => Promise<Broken>;
}

export interface FaultRun {
  readonly what: string;
  readonly side: string;
  readonly lastedSeconds: number;
  /** What a user saw meanwhile. */
  readonly seen: string;
  /** From the heal until everything agreed; where all was done while it lasted, from the strike until then. */
  readonly doneSeconds: number;
  readonly doneMeanwhile: boolean;
  /** New versions of Jobs from the strike on. */
  readonly versions: number;
  /** Requests that would write, sent from the strike on, whatever became of them. */
  readonly attempts: number;
  readonly warnings: number;
  /** A sentence each. */
  readonly problems: readonly string[];
}

/** Whatever takes longer does not recover by itself. */
const RECOVERS_WITHIN_MS = 60_000;
/** Of a machine that stalls: some time-outs, and retries after them. */
const SEEN_WITHIN_MS = 30_000;
/** Many looks of the feed, and a sweep. Not a wait for something: the test is that it does not come. */
const QUIET_MS = 1_500;
/** Where the expiry is not waited for, what it writes may still come. */
const UNWAITED_WINDOWS = 4;
/** Of the operator's log, about an outage: a line per step of a back-off, and not one per Job and attempt. */
const MOST_WARNINGS = 40;
/** Lines of its log that come with a report of what was wrong. */
const MOST_TOLD = 30;
/** Attempts to write, for each version that there was reason for: losing some to the fault is its nature, a storm is not. */
const MOST_ATTEMPTS = 150;

/** Starts what the fault needs. @returns the fault itself, from strike to quiet */
export async function prepareFault(stack: TestStack, fault: FaultCase): Promise<() => Promise<FaultRun>> {
  const broken = await fault.prepare(stack);
  const lane = await openLane(stack, broken);
  const within = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      await lane.close();
      throw new Error(`${String(error)}; ${logOf(lane.operator).slice(-MOST_TOLD).map(inShort).join('; ')}`, { cause: error });
    }
  };
  await within(() => lane.play.prepare(lane.rows()));
  return () =>
    within(async () => {
      const run = await played(lane, broken, fault);
      await lane.close();
      return run;
    });
}

async function played(lane: Lane, broken: Broken, { what, side, lastsMs, meanwhile, also, afterwards, expires = true, more = {}, before = {} }: FaultCase): Promise<FaultRun> {
  const { play, operator } = lane;
  const unsettledAtFirst = await untilNone(() => unsettledBefore(lane), RECOVERS_WITHIN_MS);
  const { pid } = operator.service;
  const [versionBefore, attemptsBefore] = [await lane.resourceVersion(), await attempts(lane)];
  const lines = logOf(operator).length;

  const early = before.users === true || before.workers === true;
  // Frozen, so that what happens in that moment is not yet dealt with when the fault comes.
  if (early) await operator.service.kill('SIGSTOP');
  if (before.users === true) await play.usersAct();
  if (before.workers === true) await play.workersAct(lane.rows());
  await broken.strike(lane);
  const struckAt = Date.now();
  if (early) await operator.service.kill('SIGCONT');
  if (before.users !== true) await play.usersAct();
  if (before.workers !== true) await play.workersAct(lane.rows());
  if (isDeepStrictEqual(meanwhile, ALL_DONE)) await untilNone(() => unseen(lane), Math.max(lastsMs, SEEN_WITHIN_MS));
  else await sleep(Math.max(0, struckAt + lastsMs - Date.now()));
  // A slow machine sees it later. What is done too much is not undone by waiting.
  await untilNone(async () => (isDeepStrictEqual(seenMeanwhile(lane), meanwhile) ? ((await also?.(lane)) ?? []) : ['not yet']), SEEN_WITHIN_MS);

  const lastedMs = Date.now() - struckAt;
  const seen = seenMeanwhile(lane);
  const doneMeanwhile = isDeepStrictEqual(seen, ALL_DONE);
  const tookMeanwhileMs = lastVersionAt(lane) - struckAt;
  const complaints = (await also?.(lane)) ?? [];
  const probes = [await probe(operator, '/healthz'), await probe(operator, '/readyz')];
  await broken.heal(lane);
  const healedAt = performance.now();
  const left = await untilNone(() => unsettled(lane), RECOVERS_WITHIN_MS);
  const recoveredMs = performance.now() - healedAt;
  if (expires) left.push(...(await untilNone(() => unexpired(lane), RECOVERS_WITHIN_MS)));
  const quiet = await isQuiet(lane, expires ? 1 : UNWAITED_WINDOWS);
  const versions = versionsSince(lane, versionBefore);
  const others = broken.others?.() ?? new Map<string, number>();
  const attempted = (await attempts(lane)) - attemptsBefore;
  const said = logOf(operator).slice(lines);
  const warnings = said.filter(({ level }) => level === 'warn' || level === 'error');

  const problems = [
    ...unsettledAtFirst.map((each) => `not settled before the strike: ${each}`),
    ...left.map((each) => `not recovered: ${each}`),
    ...(isDeepStrictEqual(seen, meanwhile) ? [] : [`meanwhile ${JSON.stringify(seen)} was seen, and not ${JSON.stringify(meanwhile)}`]),
    ...complaints,
    ...((await afterwards?.(lane)) ?? []),
    ...(isDeepStrictEqual(probes, [200, 200]) ? [] : [`/healthz and /readyz said ${probes.join(' and ')}`]),
    ...(operator.service.pid === pid ? [] : ['the operator died of it']),
    ...superfluousVersions(versions, { deleted: meanwhile.deletion === 'told' ? 1 : 0, ...more }, others),
    ...(quiet ? [] : ['something was written when all was done']),
    ...((await lane.metrics.sum('jobs_operator_db_up')) === 1 ? [] : ['jobs_operator_db_up does not say that the database is back']),
    ...(attempted <= MOST_ATTEMPTS ? [] : [`${attempted} requests were sent to write ${versions.size} Jobs`]),
    ...(warnings.length <= MOST_WARNINGS ? [] : [`the log has ${warnings.length} warnings, such as: ${warnings.at(-1)?.message}`]),
    ...(await violations(lane)),
  ];

  return {
    what,
    side,
    lastedSeconds: seconds(lastedMs),
    seen: inWords(seen),
    doneSeconds: seconds(doneMeanwhile ? tookMeanwhileMs : recoveredMs),
    doneMeanwhile,
    versions: [...versions.values()].flat().length - [...others.values()].reduce((sum, count) => sum + count, 0),
    attempts: attempted,
    warnings: warnings.length,
    problems: problems.length === 0 ? [] : [...problems, ...said.filter(({ message }) => message !== 'status written').slice(-MOST_TOLD).map(inShort)],
  };
}

function inShort({ time, message, error }: LogLine): string {
  return `${time} the log says: ${message}${error === undefined ? '' : ` (${error.code}: ${error.message})`}`;
}

/** The watch that tells what a user saw may be a moment behind. */
async function unseen(lane: Lane): Promise<readonly string[]> {
  return [...(await unsettled(lane)), ...(isDeepStrictEqual(seenMeanwhile(lane), ALL_DONE) ? [] : ['not all of it was seen yet'])];
}

/** To a tenth. */
function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

/** Everything agrees, so that what follows is of the fault. */
async function unsettledBefore({ jobs, rows }: Lane): Promise<readonly string[]> {
  const table = new Map((await rows().all()).map((row) => [row.job_id, row]));
  return (await jobs.list()).filter(({ metadata, status }) => status.phase?.toLowerCase() !== table.get(metadata.uid)?.status).map(({ metadata }) => metadata.name);
}

/** Waits until `look` finds nothing, and returns what it last found; a look that fails has found that. */
async function untilNone(look: () => Promise<readonly string[]>, timeoutMs: number): Promise<string[]> {
  let last: readonly string[] = [];
  const isDone = async (): Promise<boolean> => {
    last = await look().catch((error: unknown) => [String(error)]);
    return last.length === 0;
  };
  await waitFor(isDone, { what: 'the end', timeoutMs, intervalMs: 50 }).catch(() => undefined);
  return [...last];
}

/** @param most windows of time, one of which has to pass without a write */
async function isQuiet(lane: Lane, most: number): Promise<boolean> {
  const look = async (): Promise<object> => ({
    versions: (await lane.jobs.list()).map(({ metadata }) => metadata.resourceVersion),
    changes: (await lane.diary()).length,
  });
  for (let windows = 0; windows < most; windows += 1) {
    const before = await look();
    await sleep(QUIET_MS);
    if (isDeepStrictEqual(await look(), before)) return true;
  }
  return false;
}

/** To write Jobs; a Lease is PUT, and Events are POSTed. */
async function attempts({ metrics }: Lane): Promise<number> {
  const samples = await metrics.scrape();
  return ['PATCH', 'DELETE'].reduce((sum, method) => sum + samples.sum('rest_client_requests_total', { method }), 0);
}
