import { describe, expect, it } from '@jest/globals';
import { digest } from '../../../src/json/canonical.ts';
import { MalformedJob, project, projectJob } from '../../../src/kubernetes/job-projection.ts';

const METADATA = '"metadata":{"uid":"u","namespace":"n","name":"j","resourceVersion":"7","generation":2}';

/** A Job's text; `status` and `spec` are put in as they are, so that digits and escapes stay. */
function jobText({ metadata = METADATA, payload = '{"a":1}', spec = '', status = '' } = {}): string {
  return `{"apiVersion":"wordpress.betaweb.ai/v1alpha1","kind":"Job",${metadata},"spec":{"type":"clone","requestPayload":${payload}${spec}}${status}}`;
}

describe('the payload', () => {
  it('is kept character for character while no row is known', () => {
    const payload = String.raw`{ "big":9007199254740993, "min":-9223372036854775808, "s":"\u003cb\u003e \"q\" .dots", "z":null }`;
    expect(projectJob(jobText({ payload })).payload).toBe(payload);
  });

  it('is let go once the status names the row', () => {
    expect(projectJob(jobText({ status: ',"status":{"jobId":"u"}' })).payload).toBeUndefined();
  });

  it('may be nested 10,000 levels deep', () => {
    const payload = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    expect(projectJob(jobText({ payload })).payload).toBe(payload);
  });
});

describe('the result', () => {
  it('is kept as a digest that equals that of what MySQL prints for the same value', () => {
    const job = projectJob(jobText({ status: ',"status":{"result":{"b":9007199254740993,"a":"\\u003c"}}' }));
    expect(job.status.resultDigest).toBe(digest('{"a": "<", "b": 9007199254740993}'));
  });

  it('is any JSON value: a scalar, an array, a deep one', () => {
    for (const result of ['5', '"text"', 'false', '[1,null]', `${'['.repeat(10_000)}${']'.repeat(10_000)}`]) {
      expect(projectJob(jobText({ status: `,"status":{"result":${result}}` })).status.resultDigest).toBe(digest(result));
    }
  });

  it('is absent when it is null or not there', () => {
    expect(projectJob(jobText({ status: ',"status":{"result":null}' })).status.resultDigest).toBeUndefined();
    expect(projectJob(jobText()).status.resultDigest).toBeUndefined();
  });
});

describe('the projection', () => {
  it('has what decisions rest on', () => {
    const metadata =
      '"metadata":{"uid":"u","namespace":"n","name":"j","resourceVersion":"7","generation":2,"finalizers":["wordpress.betaweb.ai/row","x/y"],' +
      '"creationTimestamp":"2027-01-15T07:00:00Z","deletionTimestamp":"2026-01-01T00:00:00Z","annotations":{"wordpress.betaweb.ai/release":"true","kubectl.kubernetes.io/last-applied-configuration":"{}"}}';
    const spec = ',"cancel":true,"idempotencyKey":"k","ttlSecondsAfterFinished":0,"ttlPolicy":"RowAndResource","deletionPolicy":"Retain"';
    const condition = { type: 'Ready', status: 'True', reason: 'Completed', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 2 };
    const status = {
      observedGeneration: 2,
      jobId: 'u',
      phase: 'Completed',
      progress: 100,
      startedAt: '2026-01-01T00:00:00Z',
      createdAt: '2026-01-01T00:00:01Z',
      completedAt: '2026-01-01T00:00:02Z',
      expiresAt: '2026-01-01T00:00:03Z',
      error: 'e',
      conditions: [condition],
    };
    expect(projectJob(jobText({ metadata, spec, status: `,"status":${JSON.stringify(status)}` }))).toEqual({
      creationTimestamp: '2027-01-15T07:00:00Z',
      uid: 'u',
      namespace: 'n',
      name: 'j',
      resourceVersion: '7',
      generation: 2,
      finalizers: ['wordpress.betaweb.ai/row', 'x/y'],
      deleting: true,
      release: true,
      spec: { type: 'clone', cancel: true, idempotencyKey: 'k', ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource', deletionPolicy: 'Retain' },
      payload: undefined,
      status: { ...status, resultDigest: undefined },
    });
  });

  it('reads a Job without a status, or an empty one, as one that nobody has looked at', () => {
    for (const status of ['', ',"status":{}', ',"status":null', ',"status":[1]', ',"status":"x"']) {
      expect(projectJob(jobText({ status })).status).toMatchObject({ observedGeneration: -1, jobId: undefined, phase: undefined, conditions: [] });
    }
  });

  it('takes what is odd in a status written by hand as not there', () => {
    const odd = '{"phase":"Sleeping","progress":"12","observedGeneration":"3","jobId":7,"conditions":[1,null,{"type":"Ready","status":"Maybe"},{"type":"X","status":"True"}]}';
    const { status } = projectJob(jobText({ status: `,"status":${odd}` }));
    expect(status).toMatchObject({ phase: undefined, progress: undefined, observedGeneration: -1, jobId: undefined });
    expect(status.conditions).toEqual([{ type: 'X', status: 'True', reason: '', message: '', lastTransitionTime: '', observedGeneration: -1 }]);
  });

  it('has the defaults of the policies where an object was stored without them', () => {
    expect(projectJob(jobText()).spec).toMatchObject({ cancel: false, ttlPolicy: 'Row', deletionPolicy: 'Cancel' });
  });

  it('counts only the exact word "true" as a release', () => {
    const metadata = METADATA.replace('"uid"', '"annotations":{"wordpress.betaweb.ai/release":"True"},"uid"');
    expect(projectJob(jobText({ metadata })).release).toBe(false);
  });

  it('is found inside a watch line, with the line around it', () => {
    const { job, envelope } = project(`{"type":"MODIFIED","object":${jobText()}}`, ['object']);
    expect(job.name).toBe('j');
    expect(envelope['type']).toBe('MODIFIED');
  });
});

describe('what is no Job', () => {
  it.each([
    ['no uid', jobText({ metadata: '"metadata":{"namespace":"n","name":"j","resourceVersion":"7"}' })],
    ['an unknown type', jobText().replace('clone', 'dance')],
    ['no payload', '{"metadata":{"uid":"u","namespace":"n","name":"j","resourceVersion":"7"},"spec":{"type":"clone"}}'],
    ['no object', '[1]'],
    ['no JSON', '{"metadata":{"uid":"hunter2"'],
  ])('is refused by name and without its content: %s', (_, text) => {
    expect(() => projectJob(text)).toThrow(MalformedJob);
    expect(() => projectJob(text)).not.toThrow(/hunter2|dance/);
  });
});
