/** Answers that hold an object's metadata and nothing else, so that no payload travels or is parsed where nobody reads it. */
import { OperatorError } from '../errors.ts';
import { skipValue } from '../json/slice.ts';
import { finalizersOf } from './job-projection.ts';

const AS = 'g=meta.k8s.io;v=v1';

/** The plain type comes second: a DELETE may answer with a Status, which has no such form. */
export const METADATA_ONLY = `application/json;as=PartialObjectMetadata;${AS},application/json`;
export const METADATA_LIST_ONLY = `application/json;as=PartialObjectMetadataList;${AS},application/json`;

export interface ObjectMetadata {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly finalizers: readonly string[];
  readonly deleting: boolean;
}

interface PartialObject {
  readonly metadata?: {
    readonly uid?: unknown;
    readonly resourceVersion?: unknown;
    readonly generation?: unknown;
    readonly finalizers?: unknown;
    readonly deletionTimestamp?: unknown;
  };
}

export interface MetadataPage {
  readonly items: readonly ObjectMetadata[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continue: string;
}

/** @throws API_UNAVAILABLE when it is none: something that is no API server answered */
export function parseMetadata(text: string): ObjectMetadata {
  return metadataOf(parse<PartialObject>(withoutOwnership(text)));
}

const OWNERSHIP = ',"managedFields":';

/**
 * Three quarters of the answer to a write are field ownership, with keys of its own for each condition: twice as dear to parse as to skip (10 and 5 µs), and of
 * no use. As bare text this can stand nowhere else: inside a string its quotes have backslashes, and a label or annotation of that name is no list.
 */
function withoutOwnership(text: string): string {
  const start = text.indexOf(OWNERSHIP);
  const value = start + OWNERSHIP.length;
  return start === -1 || text[value] !== '[' ? text : text.slice(0, start) + text.slice(skipValue(text, value));
}

/** @throws API_UNAVAILABLE when it is none */
export function parseMetadataPage(text: string): MetadataPage {
  const list = parse<{
    readonly items?: readonly PartialObject[] | null;
    readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown };
  }>(text);
  const { resourceVersion, continue: next } = list.metadata ?? {};
  if (typeof resourceVersion !== 'string') throw unreadable();
  return { items: (list.items ?? []).map(metadataOf), resourceVersion, continue: typeof next === 'string' ? next : '' };
}

function metadataOf({ metadata = {} }: PartialObject): ObjectMetadata {
  const { uid, resourceVersion, generation, finalizers, deletionTimestamp } = metadata;
  if (typeof uid !== 'string' || typeof resourceVersion !== 'string') throw unreadable();
  return {
    uid,
    resourceVersion,
    generation: typeof generation === 'number' ? generation : 0,
    finalizers: finalizersOf(finalizers),
    deleting: typeof deletionTimestamp === 'string',
  };
}

function parse<T extends object>(text: string): Partial<T> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) throw unreadable();
    throw error;
  }
}

function unreadable(): OperatorError {
  return new OperatorError('API_UNAVAILABLE', 'the answer to a request for metadata holds none');
}
