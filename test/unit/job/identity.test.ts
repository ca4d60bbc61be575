import { describe, expect, it } from '@jest/globals';
import { identityOf, jobIdOf, keyHolder, ownsRow } from '../../../src/job/identity.ts';
import { UID, aJob, aJobShowing, aRow } from './builders.ts';

const keyed = (key: string, namespace = 'sites') => aJob({ namespace, spec: { idempotencyKey: key } });

describe('the job id', () => {
  it('of a Job without a key is the uid of the resource', () => {
    expect(identityOf(aJob(), 'test')).toBe(UID);
    expect(jobIdOf(aJob(), undefined)).toBe(UID);
    expect(ownsRow(aJob(), undefined)).toBe(true);
    expect(ownsRow(aJobShowing(aRow()), undefined)).toBe(true);
  });

  it('is what the status says once it says one, and then only an own one is changed', () => {
    const copied = aJobShowing(aRow({ jobId: 'another' }));
    expect([jobIdOf(copied, 'test'), identityOf(copied, 'test'), ownsRow(copied, 'test')]).toEqual(['another', UID, false]);
  });

  it('of a keyed Job is a UUID of version 5 that outlives the resource', () => {
    const id = identityOf(keyed('shop-42'), 'test');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(identityOf({ ...keyed('shop-42'), uid: 'another', name: 'other' }, 'test')).toBe(id);
  });

  it('never changes its derivation: rows of earlier versions have to be found', () => {
    expect(identityOf(keyed('shop-42'), 'production')).toBe('10de6b58-a5d5-5505-81a8-42bca1c4054c');
  });

  it('differs by cluster, namespace and key', () => {
    const ids = [identityOf(keyed('a'), 'one'), identityOf(keyed('a'), 'two'), identityOf(keyed('b'), 'one'), identityOf(keyed('a', 'shops'), 'one')];
    expect(new Set(ids).size).toBe(4);
  });
});

describe('of the live Jobs with one key', () => {
  const job = keyed('shop-42');
  const id = identityOf(job, 'test');

  it('the one that names the row holds it, even if it is younger', () => {
    const younger = aJobShowing(aRow({ jobId: id }), { uid: 'z', name: 'holder', creationTimestamp: '2027-01-15T07:30:00Z', spec: { idempotencyKey: 'shop-42' } });
    expect(keyHolder(job, [job, younger], 'test')).toBe('holder');
  });

  it('the older holds it while none names the row', () => {
    const older = { ...job, uid: 'z', name: 'older', creationTimestamp: '2027-01-15T06:59:59Z' };
    expect(keyHolder(job, [older, job], 'test')).toBe('older');
    expect(keyHolder(older, [older, job], 'test')).toBeUndefined();
  });

  it('the oldest of several holds it, in whatever order they are looked at: nobody is told of one that waits as well', () => {
    const [first, second] = [1, 2].map((age) => ({ ...job, uid: `z${age}`, name: `made ${age}.`, creationTimestamp: `2027-01-15T06:00:0${age}Z` }));
    if (first === undefined || second === undefined) throw new Error('two were made');
    expect(keyHolder(job, [second, first, job], 'test')).toBe('made 1.');
    expect(keyHolder(job, [first, second, job], 'test')).toBe('made 1.');
    expect(keyHolder(second, [job, second, first], 'test')).toBe('made 1.');
  });

  it('exactly one holds it when both were made in one second', () => {
    const twin = { ...job, uid: '0', name: 'twin' };
    expect([keyHolder(job, [job, twin], 'test'), keyHolder(twin, [job, twin], 'test')]).toEqual(['twin', undefined]);
  });
});
