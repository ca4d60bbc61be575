/** One Job at a time: the live read, and the writes, each guarded by the version it rests on. */
import type { Jobs } from '../controllers/ports.ts';
import { hasCode } from '../errors.ts';
import type { JobResource } from '../job/resource.ts';
import { statusText } from '../job/status-text.ts';
import type { StatusDraft } from '../job/status.ts';
import { sliceElements } from '../json/slice.ts';
import { jobPath, jobsPath } from './job-path.ts';
import { projectJob } from './job-projection.ts';
import { METADATA_ONLY, parseMetadata } from './object-metadata.ts';
import type { ObjectMetadata } from './object-metadata.ts';
import type { Transport } from './transport.ts';

/** Names us in the object's field ownership. */
const AS_OPERATOR = { fieldManager: 'jobs-operator' };

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';

/** @param signal aborted when the process stops: what is under way is given up */
export function createJobClient(transport: Transport, signal?: AbortSignal): Jobs {
  const patch = async (path: string, contentType: string, body: string): Promise<ObjectMetadata> => {
    // Sent twice it meets its own resourceVersion gone by and answers 409, which the caller reads again upon.
    const { text } = await transport.request({ method: 'PATCH', path, query: AS_OPERATOR, contentType, body, accept: METADATA_ONLY, signal, retry: true });
    return parseMetadata(text);
  };
  const get: Jobs['get'] = async (namespace, name) => {
    try {
      const { text } = await transport.request({ method: 'GET', path: jobPath({ namespace, name }), signal });
      return projectJob(text);
    } catch (error) {
      if (hasCode(error, 'API_NOT_FOUND')) return null;
      throw error;
    }
  };

  return {
    get,

    async withKey(namespace, idempotencyKey) {
      const query = { fieldSelector: `spec.idempotencyKey=${escapeSelector(idempotencyKey)}` };
      const { text } = await transport.request({ method: 'GET', path: jobsPath(namespace), query, signal });
      return [...sliceElements(text, ['items'])].map(projectJob);
    },

    writeStatus: (job, status) => patch(`${jobPath(job)}/status`, JSON_PATCH, statusPatch(job, status)),

    replaceFinalizers(job, finalizers) {
      const { resourceVersion } = job;
      return patch(jobPath(job), MERGE_PATCH, JSON.stringify({ metadata: { resourceVersion, finalizers } }));
    },

    async remove(job) {
      const body = JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: job.uid } });
      try {
        await transport.request({ method: 'DELETE', path: jobPath(job), body, accept: METADATA_ONLY, signal, retry: true });
      } catch (error) {
        if (hasCode(error, 'API_NOT_FOUND')) return;
        if (!hasCode(error, 'API_CONFLICT')) throw error;
        // Another resource of that name, ours is gone; or somebody's write came between, and it has to be tried again.
        const present = await get(job.namespace, job.name);
        if (present?.uid === job.uid) throw error;
      }
    },
  };
}

/** apimachinery's fields.EscapeValue. */
function escapeSelector(value: string): string {
  return value.replaceAll(/[\\,=]/g, (character) => `\\${character}`);
}

/**
 * A JSON Patch as text, so that a result's integers survive. `replace` on the resourceVersion makes a stale write a 409
 * (`test` would make it a 422); a merge patch would drop nulls and mix a new result into the old one.
 */
function statusPatch(job: JobResource, status: StatusDraft): string {
  const operations = [replace('/metadata/resourceVersion', JSON.stringify(job.resourceVersion))];
  if (status.scope === 'whole') {
    operations.push(replace('/status', statusText(status)));
  } else {
    // `add` replaces what is there; the status itself always is, by the definition's default.
    if (status.jobId !== undefined) operations.push(add('/status/jobId', JSON.stringify(status.jobId)));
    operations.push(
      add('/status/observedGeneration', JSON.stringify(status.observedGeneration)),
      add('/status/conditions', JSON.stringify(status.conditions)),
    );
  }
  return `[${operations.join(',')}]`;
}

const operation = (op: 'add' | 'replace', path: string, value: string): string => `{"op":"${op}","path":"${path}","value":${value}}`;
const replace = (path: string, value: string): string => operation('replace', path, value);
const add = (path: string, value: string): string => operation('add', path, value);
