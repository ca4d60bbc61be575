import { describe, expect, it } from '@jest/globals';
import { IdShards, SHARDS, idRanges } from '../../../src/database/id-shards.ts';
import { spreadIds } from '../../support/known-jobs.ts';

const ids = spreadIds(1_000);

function filled(all: readonly string[], textOf = (id: string) => id): IdShards {
  const shards = new IdShards();
  for (const id of all) shards.set(id, textOf(id));
  return shards;
}

const digests = (shards: IdShards): unknown => Array.from({ length: SHARDS }, (_, shard) => shards.digest(shard));

describe('ids in shards', () => {
  it('have the same sums in whatever order they came', () => {
    expect(digests(filled(ids.toReversed()))).toEqual(digests(filled(ids)));
  });

  it('have the sums of those that are left when others have gone', () => {
    const shards = filled(ids);
    for (const id of ids.slice(400)) shards.delete(id);
    shards.delete('ab-never-there');
    expect(digests(shards)).toEqual(digests(filled(ids.slice(0, 400))));
    expect(shards.size).toBe(400);
  });

  it('have other sums when what a print is taken of has changed, and the old ones when it is as before', () => {
    const shards = filled(ids);
    for (const id of ids) shards.set(id, `${id} moved on`);
    expect(digests(shards)).toEqual(digests(filled(ids, (id) => `${id} moved on`)));
    expect(digests(shards)).not.toEqual(digests(filled(ids)));
    for (const id of ids) shards.set(id, id);
    expect(digests(shards)).toEqual(digests(filled(ids)));
    expect(shards.size).toBe(1_000);
  });

  it('are found in their shard, and those that begin unlike a UUID apart', () => {
    const shards = filled(['00-a', 'ff-b', 'FF-c', 'job-d', '7']);
    expect([...shards.in(0)]).toEqual(['00-a']);
    expect([...shards.in(255)]).toEqual(['ff-b']);
    expect([...shards.others()]).toEqual(['FF-c', 'job-d', '7']);
    expect([...shards]).toHaveLength(5);
  });

  it('are gone when cleared, and so are their sums', () => {
    const shards = filled(ids);
    shards.clear();
    expect(digests(shards)).toEqual(digests(new IdShards()));
    expect([...shards]).toEqual([]);
  });
});

describe('shards', () => {
  it('that follow each other are one stretch of the table', () => {
    expect(idRanges([0, 1, 2, 9, 254, 255])).toEqual([
      { from: '00', to: '03' },
      { from: '09', to: '0a' },
      { from: 'fe', to: 'fg' },
    ]);
  });
});
