import { describe, expect, it } from '@jest/globals';
import { isLike } from '../../docs/support/likeness.ts';

describe('what a command printed is what the page shows', () => {
  it.each([
    ['word for word', 'job.wordpress.betaweb.ai/a created', 'job.wordpress.betaweb.ai/a created'],
    ['with columns of other widths', 'NAME   TYPE\na      clone', 'NAME TYPE\na clone'],
    ['with another age', 'a   Pending   3m20s', 'a   Pending   1s'],
    ['with another time', 'Expires At: 2026-11-26T10:00:00Z', 'Expires At: 2020-01-02T03:04:05Z'],
    ['with another id', 'row 550e8400-e29b-41d4-a716-446655440000.', 'row 11111111-2222-4333-8444-555555555555.'],
    ['with lines that the page leaves out', 'Name: a\nKind: Job\nUID: b\nEvents: none', 'Name: a\n…\nEvents: none'],
    ['with an end that the page leaves out', 'Name: a\nKind: Job', 'Name: a\n…'],
  ])('%s', (_, printed, shown) => expect(isLike(printed, shown)).toBe(true));

  it.each([
    ['another phase', 'a   Running   1s', 'a   Pending   1s'],
    ['another number', 'progress 50', 'progress 51'],
    ['a line too many', 'a\nb', 'a'],
    ['a line too few', 'a', 'a\nb'],
    ['nothing where there should be something', '', 'a'],
    ['something where there should be nothing', 'a', ''],
    ['a line missing after those left out', 'a\nb', 'a\n…\nc'],
  ])('but not with %s', (_, printed, shown) => expect(isLike(printed, shown)).toBe(false));
});
