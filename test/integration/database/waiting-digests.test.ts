import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { IdShards, SHARDS } from '../../../src/database/id-shards.ts';
import { waitingDigests } from '../../../src/database/statements/scan-rows.ts';
import { useStack } from '../../support/stack.ts';
import { jobsTable } from './jobs-table.ts';

const stack = useStack();

it('the server adds up the ids of what waits to the same digests as this process', async () => {
  const { database, worker } = await jobsTable(stack);
  const ids = Array.from({ length: 2_000 }, () => randomUUID());
  const statuses = ['pending', 'pending', 'running', 'completed', 'cancelled'];
  const rows = ids.map((jobId, index) => [jobId, 'clone', statuses[index % statuses.length], '{}']);
  const outside = ['ffzz-one', 'job-one', 'zz', '0', 'a-b'].map((jobId) => [jobId, 'clone', 'pending', '{}']);
  await worker.query('INSERT INTO jobs (job_id, type, status, request_payload) VALUES ?', [[...rows, ...outside]]);
  const expected = new IdShards();
  for (const [jobId = '', , status] of [...rows, ...outside]) if (status === 'pending') expected.add(jobId);

  const digests = await database.use((sql) => waitingDigests(sql, '00', 'fg'));
  const found = Array.from({ length: SHARDS }, (_, shard) => digests.get(shard) ?? { count: 0, print: 0 });
  expect(found).toEqual(Array.from({ length: SHARDS }, (_, shard) => expected.digest(shard)));
});
