/**
 * The API server's JSON of a Job -> what is kept of it.
 *
 * The large parts (payload, result, field ownership, kubectl's copy of the manifest) are cut out of the text before
 * it is parsed: the payload stays exact, its depth cannot overflow anything, and a watch line costs one pass over its characters.
 */
import { OperatorError } from '../errors.ts';
import { digest } from '../json/canonical.ts';
import { cut, detach, locate } from '../json/slice.ts';
import type { Path, Span } from '../json/slice.ts';
import { shared } from '../job/conditions.ts';
import { PHASES, RELEASE_ANNOTATION } from '../job/resource.ts';
import type { Condition, DeletionPolicy, JobResource, JobSpec, Phase, ShownStatus, TtlPolicy } from '../job/resource.ts';
import { JOB_TYPES } from '../job/row.ts';
import type { JobType } from '../job/row.ts';
import { intern } from './interned.ts';

const DELETION_POLICIES: readonly DeletionPolicy[] = ['Cancel', 'Retain', 'Delete'];
const TTL_POLICIES: readonly TtlPolicy[] = ['Row', 'RowAndResource'];

type Fields = Readonly<Record<string, unknown>>;

/** An object that lacks what every object has; the message names it as far as it has a name, and never its content. */
export class MalformedJob extends OperatorError {
  constructor(message: string) {
    super('API_INVALID', message);
  }
}

/** The text of a Job, with everything else around it: a watch line, or the object alone. */
export interface JobText {
  readonly job: JobResource;
  /** What stands around the job, e.g. the `type` of a watch event. */
  readonly envelope: Fields;
}

/** @throws MalformedJob */
export function projectJob(text: string): JobResource {
  return project(text, []).job;
}

/** @throws MalformedJob */
export function project(text: string, prefix: Path): JobText {
  const [payload, result, ...dead] = locate(text, pathsUnder(prefix));
  const envelope = parse(cut(text, [payload, result, ...dead]));
  const object = prefix.reduce<Fields>((parent, name) => fields(parent[name]), envelope);
  return { envelope, job: jobOf(object, text, payload, result) };
}

const PATHS = new Map<string, readonly Path[]>();

function pathsUnder(prefix: Path): readonly Path[] {
  const key = prefix.join('/');
  let paths = PATHS.get(key);
  if (!paths) {
    paths = [
      [...prefix, 'spec', 'requestPayload'],
      [...prefix, 'status', 'result'],
      [...prefix, 'metadata', 'managedFields'],
      [...prefix, 'metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration'],
    ];
    PATHS.set(key, paths);
  }
  return paths;
}

function jobOf(object: Fields, text: string, payload: Span | undefined, result: Span | undefined): JobResource {
  const metadata = fields(object['metadata']);
  const spec = specOf(fields(object['spec']));
  const uid = string(metadata['uid']);
  const status = statusOf(fields(object['status']), uid, text, result);
  const namespace = string(metadata['namespace']);
  const name = string(metadata['name']);
  const resourceVersion = string(metadata['resourceVersion']);
  if (!uid || !namespace || !name || !resourceVersion || !spec || !payload) {
    throw new MalformedJob(`Job ${namespace ?? '?'}/${name ?? '?'} lacks its ${spec && payload ? 'metadata' : 'type or payload'}`);
  }
  return {
    uid,
    creationTimestamp: time(metadata['creationTimestamp']) ?? '',
    namespace: intern(namespace),
    name,
    resourceVersion,
    generation: integer(metadata['generation']) ?? 0,
    finalizers: finalizersOf(metadata['finalizers']),
    deleting: string(metadata['deletionTimestamp']) !== undefined,
    release: fields(metadata['annotations'])[RELEASE_ANNOTATION] === 'true',
    spec,
    payload: status.jobId === undefined ? detach(text.slice(payload.start, payload.end)) : undefined,
    status,
  };
}

const NO_FINALIZERS: readonly string[] = [];

export function finalizersOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return NO_FINALIZERS;
  return value.filter((one) => typeof one === 'string').map(intern);
}

/** Undefined without a known type. The policies have defaults in the definition; an older definition may not have had them. */
function specOf(spec: Fields): JobSpec | undefined {
  const type = oneOf<JobType>(JOB_TYPES, spec['type']);
  return (
    type && {
      type,
      cancel: spec['cancel'] === true,
      idempotencyKey: string(spec['idempotencyKey']),
      ttlSecondsAfterFinished: integer(spec['ttlSecondsAfterFinished']),
      ttlPolicy: oneOf(TTL_POLICIES, spec['ttlPolicy']) ?? 'Row',
      deletionPolicy: oneOf(DELETION_POLICIES, spec['deletionPolicy']) ?? 'Cancel',
    }
  );
}

/** What cannot be understood counts as not there, and is then written as it should be. */
function statusOf(status: Fields, uid: string | undefined, text: string, result: Span | undefined): ShownStatus {
  const conditions: unknown[] = Array.isArray(status['conditions']) ? status['conditions'] : [];
  const jobId = string(status['jobId']);
  return {
    observedGeneration: integer(status['observedGeneration']) ?? -1,
    // As a rule the same characters: kept once.
    jobId: jobId === uid ? uid : jobId,
    phase: oneOf<Phase>(PHASES, status['phase']),
    progress: integer(status['progress']),
    startedAt: time(status['startedAt']),
    createdAt: time(status['createdAt']),
    completedAt: time(status['completedAt']),
    expiresAt: time(status['expiresAt']),
    error: typeof status['error'] === 'string' ? status['error'] : undefined,
    resultDigest: result && digestOf(text.slice(result.start, result.end)),
    conditions: conditions.flatMap((condition) => conditionOf(fields(condition)) ?? []),
  };
}

function digestOf(result: string): string | undefined {
  if (result === 'null') return undefined;
  try {
    return digest(result);
  } catch (error) {
    if (error instanceof SyntaxError) throw new MalformedJob(`a result is ${error.message}`);
    throw error;
  }
}

function conditionOf(condition: Fields): Condition | undefined {
  const type = string(condition['type']);
  const status = oneOf(['True', 'False', 'Unknown'] as const, condition['status']);
  if (type === undefined || status === undefined) return undefined;
  return shared({
    type: intern(type),
    status,
    reason: intern(string(condition['reason']) ?? ''),
    message: intern(string(condition['message']) ?? ''),
    lastTransitionTime: time(condition['lastTransitionTime']) ?? '',
    observedGeneration: integer(condition['observedGeneration']) ?? -1,
  });
}

function parse(text: string): Fields {
  try {
    return fields(JSON.parse(text));
  } catch (error) {
    // The engine's message quotes the text.
    if (error instanceof SyntaxError) throw new MalformedJob('the API server sent something that is not JSON');
    throw error;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const EMPTY: Fields = {};

function fields(value: unknown): Fields {
  return isFields(value) ? value : EMPTY;
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Times of whole seconds are shared: by the conditions of a Job, and by all Jobs of a burst. */
function time(value: unknown): string | undefined {
  const text = string(value);
  return text && intern(text);
}

function integer(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? Number(value) : undefined;
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((one) => one === value);
}
