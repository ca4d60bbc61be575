import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMetadata } from '../../../src/kubernetes/object-metadata.ts';

const managedFields = [{ manager: 'm', fieldsV1: { 'k:{"type":"Ready"}': { '.': {} }, 'v:"a]}"': {} } }];
const object = (metadata: object): string => JSON.stringify({ kind: 'PartialObjectMetadata', metadata });
const known = { uid: 'u', resourceVersion: '7', generation: 2, finalizers: ['a/b'], deletionTimestamp: '2026-01-01T00:00:00Z' };
const expected = { uid: 'u', resourceVersion: '7', generation: 2, finalizers: ['a/b'], deleting: true };

describe('the metadata that answers a write', () => {
  it('is read whatever order the server prints it in', () => {
    expect(parseMetadata(object({ ...known, managedFields }))).toEqual(expected);
    expect(parseMetadata(object({ name: 'n', managedFields, ...known }))).toEqual(expected);
    expect(parseMetadata(object({ managedFields, ...known }))).toEqual(expected);
  });

  it('is not confused by names and texts that look like field ownership', () => {
    const decoy = ',"managedFields":[';
    expect(parseMetadata(object({ labels: { a: 'b', managedFields: 'x' }, annotations: { [decoy]: decoy, managedFields: '[' }, ...known, managedFields }))).toEqual(expected);
  });

  it('is the same with any labels and annotations', () => {
    const texts = fc.dictionary(fc.oneof(fc.constant('managedFields'), fc.string()), fc.oneof(fc.constant(',"managedFields":[{'), fc.string()));
    fc.assert(
      fc.property(texts, texts, (labels, annotations) => {
        expect(parseMetadata(object({ name: 'n', labels, annotations, ...known, managedFields }))).toEqual(expected);
      }),
    );
  });

  it('is an error when there is none', () => {
    for (const text of ['', '[]', '{}', '{"metadata":{"uid":"u"}}', ',"managedFields":[', '{"metadata":{"uid":"u","managedFields":[']) {
      expect(() => parseMetadata(text)).toThrow('holds none');
    }
  });
});
