import { describe, expect, it } from '@jest/globals';
import { makeEvent } from '../../../src/engine/event.ts';
import type { Event, Happening } from '../../../src/engine/event.ts';
import { microTime } from '../../../src/engine/micro-time.ts';

const WHEN = Date.UTC(2026, 10, 24, 2, 30, 5, 7);

function made(happening: Partial<Happening> = {}, name = 'shop', serial = 1): Event {
  const regarding = { apiVersion: 'example.com/v1', kind: 'Thing', namespace: 'team', name, uid: 'u1' };
  return makeEvent(
    { regarding, type: 'Normal', reason: 'Accepted', action: 'Reconcile', note: 'row written', ...happening },
    { controller: 'example.com/operator', instance: 'pod-1' },
    WHEN,
    serial,
  );
}

describe('an event', () => {
  it('has everything that events.k8s.io/v1 requires', () => {
    expect(made()).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `shop.${WHEN.toString(16)}000001`, namespace: 'team' },
      eventTime: '2026-11-24T02:30:05.007000Z',
      reportingController: 'example.com/operator',
      reportingInstance: 'pod-1',
      type: 'Normal',
      reason: 'Accepted',
      action: 'Reconcile',
      note: 'row written',
      regarding: { apiVersion: 'example.com/v1', kind: 'Thing', namespace: 'team', name: 'shop', uid: 'u1' },
    });
  });

  it('has a name of its own, even in the same millisecond', () => {
    expect(made({}, 'shop', 1).metadata.name).not.toBe(made({}, 'shop', 2).metadata.name);
  });

  it('has a valid name, however long that of its object is', () => {
    const { name } = made({}, `${'a'.repeat(233)}.-${'b'.repeat(18)}`).metadata;
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^a{233}\.[0-9a-f]+$/);
  });

  it('has a note of 1,024 bytes at most, and no half characters in it', () => {
    const { note } = made({ note: 'é😀'.repeat(400) });
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
    expect(Buffer.byteLength(note)).toBeGreaterThan(1_015);
    expect(note).toMatch(/^(é😀)*é?…$/u);
    expect(made({ note: 'x'.repeat(1_024) }).note).toBe('x'.repeat(1_024));
  });

  it('cuts a reason and an action to 128 bytes', () => {
    const event = made({ reason: 'R'.repeat(200), action: 'A'.repeat(200) });
    expect([Buffer.byteLength(event.reason), Buffer.byteLength(event.action)]).toEqual([128, 128]);
  });

  it('about an object without namespace goes to default', () => {
    const regarding = { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'n1', uid: 'u2' };
    expect(made({ regarding }).metadata.namespace).toBe('default');
  });
});

describe('a micro-time', () => {
  it('always has six digits', () => {
    expect(microTime(WHEN)).toBe('2026-11-24T02:30:05.007000Z');
    expect(microTime(WHEN + 0.25)).toBe('2026-11-24T02:30:05.007250Z');
    expect(microTime(0)).toBe('1970-01-01T00:00:00.000000Z');
  });
});
