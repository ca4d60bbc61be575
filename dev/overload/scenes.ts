/** The scenes in their order, each sized by one number, and what each has to say. */

import type { Durations } from '../durations.ts';
import type { Arena } from './arena.ts';
import { backlog } from './backlog.ts';
import type { BacklogFigures } from './backlog.ts';
import type { Consumption } from './consumption.ts';
import { labelFlood } from './label-flood.ts';
import { largeResults } from './large-results.ts';
import { namespaceDeletion } from './namespace-deletion.ts';

export interface SceneReport {
  readonly figures: readonly (readonly [what: string, figure: string])[];
  /** What should not be, a sentence each. */
  readonly wrong: readonly string[];
}

export interface Scene {
  readonly name: string;
  /** @param jobs of the greatest scene; the others follow from it */
  run(arena: Arena, jobs: number): Promise<SceneReport>;
}

const MB = 1024 * 1024;
const LARGE_PAYLOAD_BYTES = 64 * 1024;
const LARGE_RESULT_BYTES = 5_000_000;
const FINISHED_PER_SECOND = 20;
/** More than finish while a scene lasts, so that there are always some left. */
const STEADY_JOBS = 2_000;

export const SCENES: readonly Scene[] = [
  {
    name: 'applied at once',
    async run(arena, jobs) {
      return reportOfBacklog(await backlog(arena, { jobs, finishedPerSecond: FINISHED_PER_SECOND }));
    },
  },
  {
    name: 'applied while the operator is away, 64 KB each',
    async run(arena, jobs) {
      return reportOfBacklog(await backlog(arena, { jobs: Math.floor(jobs / 20), finishedPerSecond: FINISHED_PER_SECOND, payloadBytes: LARGE_PAYLOAD_BYTES, away: true }));
    },
  },
  {
    name: 'namespace deleted',
    async run(arena, jobs) {
      const { goneMs, operator, effort, rows, ...figures } = await namespaceDeletion(arena, Math.floor(jobs / 4));
      const writes = [...effort.writes].map(([what, count]) => `${count} ${what}`);
      return {
        figures: [
          ['Jobs', String(figures.jobs)],
          ['all gone after', seconds(goneMs)],
          ['writes to the API server', writes.join(', ')],
          ['SQL statements', String(effort.statements)],
          ['rows', [...rows].map(([status, count]) => `${count} ${status}`).join(', ')],
          ...consumption(operator),
        ],
        wrong: [...rows].flatMap(([status, count]) => (status === 'pending' || status === 'running' ? [`${count} rows are still ${status}`] : [])),
      };
    },
  },
  {
    name: 'large results',
    async run(arena) {
      const { rows, bytes, written, writtenMs, calm, meanwhile, database, operator, wrong } = await largeResults(arena, {
        rows: 50,
        bytes: LARGE_RESULT_BYTES,
        updates: 3,
        others: STEADY_JOBS,
        finishedPerSecond: FINISHED_PER_SECOND,
        calmMs: 10_000,
      });
      return {
        figures: [
          ['rows', `${rows}, ${bytes / 1e6} MB each`],
          ['written', `${written} times in ${seconds(writtenMs)}`],
          ['others finished -> shown, before', latency(calm)],
          ['others finished -> shown, meanwhile', latency(meanwhile)],
          ['a look by key of somebody else, meanwhile', latency(database)],
          ...consumption(operator),
        ],
        wrong,
      };
    },
  },
  {
    name: 'labels flooded',
    async run(arena) {
      const figures = await labelFlood(arena, {
        jobs: STEADY_JOBS,
        changesPerSecond: 100,
        finishedPerSecond: FINISHED_PER_SECOND,
        stretchMs: 20_000,
      });
      const { alone } = figures;
      return {
        figures: [
          ['Jobs', String(figures.jobs)],
          ['labels changed', `${figures.changes}, ${figures.changesPerSecond.toFixed(0)}/s`],
          ['reconciles, status writes for labels', `${alone.effort.reconciles}, ${alone.effort.statusWrites}`],
          ['CPU of the operator per change', `${(alone.operator.cpuMs / Math.max(1, alone.changes)).toFixed(2)} ms`],
          ['finished -> shown, before', latency(figures.calm)],
          ['finished -> shown, meanwhile', latency(figures.meanwhile)],
          ...consumption(alone.operator),
        ],
        wrong: [
          ...(alone.effort.reconciles === 0 ? [] : ['labels were reconciled']),
          ...(alone.effort.statusWrites === 0 ? [] : ['statuses were written because of labels']),
        ],
      };
    },
  },
];

function reportOfBacklog({ jobs, createdMs, acceptedMs, longestBacklog, latency: shown, overtaken, lateShare, operator, writesPerWaitingJob, wrong }: BacklogFigures): SceneReport {
  return {
    figures: [
      ['Jobs', String(jobs)],
      ['created, accepted after', `${seconds(createdMs)}, ${seconds(acceptedMs)}`],
      ['longest backlog', String(longestBacklog)],
      ['finished meanwhile -> shown', latency(shown)],
      ['Jobs accepted in between', `p99 ${overtaken.p99}, most ${overtaken.max}`],
      ['API writes per Job that waits', writesPerWaitingJob.toFixed(2)],
      ...consumption(operator),
    ],
    wrong: lateShare <= 0.01 ? wrong : [...wrong, `${(lateShare * 100).toFixed(1)} % of the finished rows were shown after more than 2 s and after hundreds of others`],
  };
}

function consumption({ residentBytes, peakBytes, cpuMs, elapsedMs }: Consumption): readonly (readonly [string, string])[] {
  return [
    ['memory of the operator, at most', `${Math.round(residentBytes / MB)} MB, ${Math.round(peakBytes / MB)} MB`],
    ['CPU of the operator', `${seconds(cpuMs)}, ${Math.round((cpuMs / elapsedMs) * 100)} % of a core`],
  ];
}

function latency({ count, p50, p99, max }: Durations): string {
  return `${count}: p50 ${seconds(p50)}, p99 ${seconds(p99)}, most ${seconds(max)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`;
}
