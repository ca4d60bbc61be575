import { beforeAll, describe, expect, it } from '@jest/globals';
import { useStack } from '../../support/stack.ts';
import { JUDGES_TIMEOUT_MS, openJudges } from '../support/gitops-judges.ts';
import type { Judges } from '../support/gitops-judges.ts';
import { rowIdOf } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();
let scene: Scene;
let judges: Judges;

beforeAll(async () => {
  [scene, judges] = await Promise.all([openScene(stack), openJudges(stack)]);
}, JUDGES_TIMEOUT_MS);

/** What is easily lost on the way through a script: large integers, empty objects and arrays, numbers as text. */
const PAYLOAD = '{"id": 9007199254740993, "largest": 9223372036854775807, "ratio": 1.5, "none": {}, "list": [], "mixed": [{}, [], 1], "text": "007"}';

const patchOf = async (name: string): Promise<object> => {
  const [verdict] = await judges.judge([await scene.jobs.text(name)]);
  return verdict?.actions['cancel']?.patch ?? {};
};

describe("Argo CD's action Cancel", () => {
  it('changes spec.cancel and nothing else, whatever the payload is', async () => {
    await scene.jobs.createWithPayload('clone', PAYLOAD);
    const jobId = rowIdOf(await scene.jobs.untilPhase('clone', 'Pending'));
    expect(await patchOf('clone')).toEqual({ spec: { cancel: true } });
    await scene.jobs.patch('clone', await patchOf('clone'));
    await scene.jobs.untilPhase('clone', 'Cancelled');
    expect((await scene.rows.get(jobId)).status).toBe('cancelled');
    const [verdict] = await judges.judge([await scene.jobs.text('clone')]);
    expect(verdict).toMatchObject({ argo: { status: 'Healthy' }, actions: { cancel: { disabled: true, displayName: 'Cancel' } } });
  });

  it('is refused by the API server where the payload has a null, which scripts do not know, and changes nothing', async () => {
    await scene.jobs.createWithPayload('with-null', '{"source": null}');
    await scene.jobs.untilPhase('with-null', 'Pending');
    await expect(scene.jobs.patch('with-null', await patchOf('with-null'))).rejects.toThrow(/requestPayload is immutable/);
    expect((await scene.jobs.get('with-null')).spec).toMatchObject({ cancel: false, requestPayload: { source: null } });
  });
});
