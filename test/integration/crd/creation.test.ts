import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { jobObject, verdict } from './job-object.ts';
import type { StoredJob } from './job-object.ts';

const stack = useStack();
let namespace: Namespace;

beforeAll(async () => {
  namespace = await stack.namespace();
}, SETUP_TIMEOUT_MS);

describe('creating a Job', () => {
  it('fills in the defaults, and a status that reads as not done', async () => {
    const stored = await stack.api.post<StoredJob>(namespace.jobsPath, jobObject('defaults'));
    expect(stored.spec).toMatchObject({ cancel: false, ttlPolicy: 'Row', deletionPolicy: 'Cancel' });
    expect(stored.status).toEqual({ observedGeneration: -1 });
    expect(stored.metadata.generation).toBe(1);
  });

  it('ignores a status that comes along', async () => {
    const forged = { ...jobObject('forged'), status: { observedGeneration: 1, phase: 'Completed', jobId: 'x' } };
    expect((await stack.api.post<StoredJob>(namespace.jobsPath, forged)).status).toEqual({ observedGeneration: -1 });
  });

  it('accepts a Job that may be cancelled from the start, and one with every field set', async () => {
    const all = {
      cancel: true,
      idempotencyKey: 'k',
      ttlSecondsAfterFinished: 315_360_000,
      ttlPolicy: 'RowAndResource',
      deletionPolicy: 'Delete',
    };
    expect((await stack.api.post<StoredJob>(namespace.jobsPath, jobObject('all', all))).spec).toMatchObject(all);
  });

  it.each([
    ['a type that is none', { type: 'dance' }, 'spec.type: Unsupported value: "dance": supported values: "clone", "restore", "delete"'],
    ['no type', { type: undefined }, 'spec.type: Required value'],
    ['no payload', { requestPayload: undefined }, 'spec.requestPayload: Required value'],
    ['a payload that is an array', { requestPayload: [] }, 'spec.requestPayload in body must be of type object: "array"'],
    ['a payload that is null', { requestPayload: null }, 'spec.requestPayload: Required value'],
    ['an empty idempotencyKey', { idempotencyKey: '' }, 'spec.idempotencyKey in body should be at least 1 chars long'],
    ['a long idempotencyKey', { idempotencyKey: 'k'.repeat(254) }, 'spec.idempotencyKey: Too long: may not be more than 253'],
    ['a negative ttlSecondsAfterFinished', { ttlSecondsAfterFinished: -1 }, 'spec.ttlSecondsAfterFinished in body should be greater than or equal to 0'],
    ['more than ten years', { ttlSecondsAfterFinished: 315_360_001 }, 'spec.ttlSecondsAfterFinished in body should be less than or equal to 315360000'],
    ['a ttlPolicy that is none', { ttlPolicy: 'Nothing' }, 'spec.ttlPolicy: Unsupported value: "Nothing": supported values: "Row", "RowAndResource"'],
    ['a deletionPolicy that is none', { deletionPolicy: 'x' }, 'spec.deletionPolicy: Unsupported value: "x": supported values: "Cancel", "Retain", "Delete"'],
    ['cancel that is a word', { cancel: 'yes' }, 'spec.cancel in body must be of type boolean: "string"'],
  ])('is refused with %s, in words that name the field', async (_, spec, words) => {
    expect(await verdict(stack.api, 'POST', namespace.jobsPath, jobObject('refused', spec))).toContain(words);
    expect(await verdict(stack.api, 'POST', `${namespace.jobsPath}?dryRun=All`, jobObject('refused', spec))).toContain(words);
  });

  it('is refused without a spec', async () => {
    const { spec: _, ...bare } = jobObject('bare');
    expect(await verdict(stack.api, 'POST', namespace.jobsPath, bare)).toContain('spec: Required value');
  });

  it('warns kubectl about a field that does not exist', async () => {
    const manifest = JSON.stringify(jobObject('typo', { ttlSeconds: 5 }));
    await expect(stack.kubectl(['-n', namespace.name, 'create', '-f', '-'], { input: manifest })).rejects.toThrow(/unknown field "spec.ttlSeconds"/);
  });
});
