import type { Connection, RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { grantScript } from '../../../dev/grants.ts';
import { connectTo } from '../../../dev/mysql-server.ts';
import { endSessions } from '../../../dev/sessions.ts';
import { checkBinlog } from '../../../src/commands/checks/binlog.ts';
import { runBinlogHints } from '../../../src/database/binlog/binlog-hints.ts';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import { feedSource } from '../../../src/database/feed-source.ts';
import { FreshRows } from '../../../src/database/fresh-rows.ts';
import { PollFeed } from '../../../src/database/poll-feed.ts';
import { createConnector } from '../../../src/database/pool.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import { KnownJobs, spreadIds } from '../../support/known-jobs.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { MysqlServer } from '../../support/stack.ts';
import { jobsTable, newRow } from './jobs-table.ts';
import type { JobsTable } from './jobs-table.ts';

const stack = useStack();

/** So long that what is told sooner came from the log. */
const INTERVAL_MS = 60_000;
const ids = spreadIds(20);

/** How each engine is told to write what is not a plain row: everything of a transaction or event compressed, and JSON documents in parts. */
const WAYS = {
  mysql: {
    compressed: ['SET SESSION binlog_transaction_compression = ON', 'SET SESSION binlog_transaction_compression = OFF'],
    partial: "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'",
  },
  mariadb: { compressed: ['SET GLOBAL log_bin_compress = ON', 'SET GLOBAL log_bin_compress = OFF'], partial: 'DO 0' },
}[stack.mysql.engine];

interface Followed {
  readonly table: JobsTable;
  readonly admin: Connection;
  readonly jobs: KnownJobs;
  /** By job id. */
  readonly told: Map<string, string>;
  /** What happened to the stream, in words. */
  readonly lines: string[];
  stop(): Promise<void>;
}

/** A table of 20 waiting rows, a feed that looks once a minute, and the log of the server. */
async function follow(server: MysqlServer, options: { readonly granted?: boolean; readonly intervalMs?: number } = {}): Promise<Followed> {
  const table = await jobsTable(stack, server);
  const admin = await connectTo(server, { database: table.settings.name });
  stack.defer(() => admin.end().catch(() => undefined));
  if (options.granted ?? true) await admin.query(grantScript('binlog', server, { database: table.settings.name, user: table.settings.user, password: '' }));
  const now = await table.now();
  await Promise.all(ids.map((jobId) => table.rows.insert(newRow(jobId, now))));
  const jobs = new KnownJobs();
  const told = new Map<string, string>();
  const lines: string[] = [];
  const stop = new AbortController();
  const feed = new PollFeed({
    source: feedSource(table.database),
    watched: jobs,
    onChange: (jobId, kind) => void told.set(jobId, kind),
    fresh: new FreshRows({ watched: jobs, databaseClock: createDatabaseClock(), clock: systemClock }),
    databaseClock: createDatabaseClock(),
    observer: { looked: () => undefined, failed: () => undefined },
    intervalMs: options.intervalMs ?? INTERVAL_MS,
  });
  for (const jobId of ids) jobs.set(jobId, (await table.rows.read(jobId)).row?.fingerprint);
  const hints = runBinlogHints(
    {
      connect: createConnector(table.settings),
      timeoutMs: 5_000,
      clock: systemClock,
      onChange({ jobIds, hasMore }) {
        feed.hint(jobIds);
        if (hasMore) feed.lookNow();
      },
      onLive(isLive) {
        lines.push(isLive ? 'live' : 'over');
        feed.relax(isLive);
      },
      onLost: (error) => void lines.push(error.message),
    },
    stop.signal,
  );
  const running = Promise.all([feed.run(stop.signal), hints]);
  const ended = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  stack.defer(ended);
  return { table, admin, jobs, told, lines, stop: ended };
}

const live = (followed: Followed): Promise<unknown> => waitFor(() => followed.lines.at(-1) === 'live', { what: 'the stream', timeoutMs: 20_000 });
const hint = (followed: Followed, jobId = ''): Promise<unknown> => waitFor(() => followed.told.get(jobId), { what: `a hint about ${jobId}`, timeoutMs: 5_000 });

describe('the binary log', () => {
  let followed: Followed;
  let server: MysqlServer;

  beforeAll(async () => {
    server = await stack.ownMysqlServer();
    followed = await follow(server);
    await live(followed);
  }, SETUP_TIMEOUT_MS);

  /** What was told is processed, so that nothing of it is told again in a later test. */
  afterEach(async () => {
    for (const jobId of followed.told.keys()) followed.jobs.set(jobId, (await followed.table.rows.read(jobId)).row?.fingerprint ?? 'none');
    followed.told.clear();
  });

  it('is well to the eyes of doctor', async () => {
    expect(await checkBinlog(followed.table.settings)).toMatchObject({ level: 'ok' });
  });

  it('tells a step, an end and a loss, long before anybody looks', async () => {
    const [first, second] = ids;
    await followed.table.worker.query("UPDATE jobs SET status = 'running', progress = 5 WHERE job_id = ?", [first]);
    await expect(hint(followed, first)).resolves.toBe('started');
    await followed.table.worker.query("UPDATE jobs SET status = 'completed', completed_at = NOW(), result = ? WHERE job_id = ?", [JSON.stringify({ text: 'x'.repeat(300_000) }), first]);
    await waitFor(() => followed.told.get(first ?? '') === 'finished', { what: 'the end', timeoutMs: 5_000 });
    await followed.table.worker.query('DELETE FROM jobs WHERE job_id = ?', [second]);
    await expect(hint(followed, second)).resolves.toBe('missing');
  });

  it('tells every row of one large statement, and nothing of the rows of others', async () => {
    await followed.table.worker.query("INSERT INTO jobs (job_id, type, request_payload) VALUES ('foreign', 'clone', '{}')");
    await followed.table.worker.query("UPDATE jobs SET progress = 7 WHERE job_id IN (?) OR job_id = 'foreign'", [ids.slice(4)]);
    await waitFor(() => followed.told.size === 16, { what: 'all hints', timeoutMs: 5_000 });
    expect(followed.told.has('foreign')).toBe(false);
  });

  it('tells a change only when others can see it', async () => {
    const jobId = ids[2];
    await followed.table.worker.query('START TRANSACTION');
    await followed.table.worker.query("UPDATE jobs SET status = 'failed' WHERE job_id = ?", [jobId]);
    await followed.table.worker.query('DO SLEEP(0.3)');
    expect(followed.told.size).toBe(0);
    await followed.table.worker.query('COMMIT');
    await expect(hint(followed, jobId)).resolves.toBe('finished');
  });

  it('tells what the server compresses', async () => {
    await followed.admin.query(WAYS.compressed[0] ?? '');
    await followed.admin.query("UPDATE jobs SET status = 'running', error = ? WHERE job_id = ?", ['x'.repeat(2_000), ids[3]]);
    await followed.admin.query(WAYS.compressed[1] ?? '');
    await expect(hint(followed, ids[3])).resolves.toBe('started');
  });

  it('has rows looked at that changed in parts of their JSON only, which the log does not hold as a whole', async () => {
    await followed.table.worker.query("UPDATE jobs SET result = '{\"a\": 1, \"b\": 2}' WHERE job_id = ?", [ids[4]]);
    followed.jobs.set(ids[4] ?? '', (await followed.table.rows.read(ids[4] ?? '')).row?.fingerprint);
    followed.told.clear();
    await followed.admin.query(WAYS.partial);
    await followed.admin.query("UPDATE jobs SET result = JSON_SET(result, '$.a', 3), progress = 9 WHERE job_id = ?", [ids[4]]);
    await expect(hint(followed, ids[4])).resolves.toBe('progress');
  });

  it('reads on in the next file', async () => {
    await followed.admin.query('FLUSH BINARY LOGS');
    await followed.table.worker.query("UPDATE jobs SET status = 'cancelled' WHERE job_id = ?", [ids[5]]);
    await expect(hint(followed, ids[5])).resolves.toBe('finished');
    const [logs] = await followed.admin.query<RowDataPacket[]>('SHOW BINARY LOGS');
    await followed.admin.query('PURGE BINARY LOGS TO ?', [logs.at(-1)?.['Log_name']]);
    await followed.table.worker.query("UPDATE jobs SET status = 'cancelled' WHERE job_id = ?", [ids[6]]);
    await expect(hint(followed, ids[6])).resolves.toBe('finished');
  });

  it('comes back by itself when its connection is cut, and what changed meanwhile is looked for', async () => {
    followed.lines.length = 0;
    expect(await endSessions(followed.admin, ({ command }) => command.startsWith('Binlog Dump'))).toBe(1);
    await waitFor(() => followed.lines.includes('over'), { what: 'the end of the stream', timeoutMs: 10_000 });
    await followed.table.worker.query("UPDATE jobs SET status = 'cancelled' WHERE job_id = ?", [ids[7]]);
    await live(followed);
    await expect(hint(followed, ids[7])).resolves.toBe('finished');
    await followed.table.worker.query("UPDATE jobs SET status = 'cancelled' WHERE job_id = ?", [ids[8]]);
    await expect(hint(followed, ids[8])).resolves.toBe('finished');
  }, 40_000);

  it('comes back by itself when the server is killed and started again', async () => {
    followed.lines.length = 0;
    await server.service?.kill('SIGKILL');
    await waitFor(() => followed.lines.includes('over'), { what: 'the end of the stream', timeoutMs: 20_000 });
    await server.service?.start();
    await live(followed);
    const admin = await connectTo(server, { database: followed.table.settings.name });
    await admin.query("UPDATE jobs SET status = 'cancelled' WHERE job_id = ?", [ids[9]]);
    await admin.end();
    await expect(hint(followed, ids[9])).resolves.toBe('finished');
  }, 60_000);

  it('is left at once when the term ends', async () => {
    await followed.stop();
    expect(followed.lines.at(-1)).toBe('over');
  });
});

describe('without the binary log', () => {
  it.each<[string, { readonly flags: readonly string[]; readonly granted: boolean }, RegExp]>([
    ['the user may not read it', { flags: [], granted: false }, /MySQL error 1227/],
    ['the server writes none', { flags: ['--skip-log-bin'], granted: true }, /log_bin is off/],
    ['it holds statements', { flags: ['--binlog-format=STATEMENT'], granted: true }, /binlog_format is STATEMENT/],
  ])('because %s, the polling goes on, and a line and doctor say why', async (_, { flags, granted }, reason) => {
    const followed = await follow(await stack.ownMysqlServer({ flags }), { granted, intervalMs: 100 });
    await waitFor(() => followed.lines.length > 0, { what: 'a line', timeoutMs: 10_000 });
    expect(followed.lines).toEqual([expect.stringMatching(reason)]);
    expect(await checkBinlog(followed.table.settings)).toMatchObject({ level: 'warn' });
    await followed.table.worker.query("UPDATE jobs SET status = 'completed' WHERE job_id = ?", [ids[0]]);
    await expect(hint(followed, ids[0])).resolves.toBe('finished');
    await followed.stop();
  }, SETUP_TIMEOUT_MS);
});
