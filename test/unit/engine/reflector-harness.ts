/** A reflector between a fake server and a fake sink, on a fake clock. */
import { Reflector } from '../../../src/engine/reflector.ts';
import type { ReflectorTrouble } from '../../../src/engine/reflector-trouble.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeListWatch, FakeSink, HttpError } from './fake-list-watch.ts';
import type { Thing } from './fake-list-watch.ts';

export interface Harness {
  readonly clock: FakeClock;
  readonly server: FakeListWatch;
  readonly sink: FakeSink;
  readonly reflector: Reflector<Thing>;
  readonly troubles: ReflectorTrouble[];
  readonly defects: string[];
  readonly abort: AbortController;
}

/** Jitter is off: delays are 0.8, 1.6, 3.2 … s and watches last 300 s. */
export function harness(random = 0): Harness {
  const clock = new FakeClock();
  const server = new FakeListWatch();
  const sink = new FakeSink();
  const troubles: ReflectorTrouble[] = [];
  const defects: string[] = [];
  const reflector = new Reflector<Thing>({
    listWatch: server,
    sink,
    uid: (thing) => thing.uid,
    clock,
    isGone: (error) => error instanceof HttpError && error.status === 410,
    retryAfterMs: (error) => (error instanceof HttpError ? error.retryAfterMs : undefined),
    onTrouble: (trouble) => troubles.push(trouble),
    onDefect: (defect, uid) => defects.push(`${uid}: ${String(defect)}`),
    random: () => random,
  });
  return { clock, server, sink, reflector, troubles, defects, abort: new AbortController() };
}
