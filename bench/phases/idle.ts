/** Nothing happens: what an operator costs that has accepted all Jobs and waits for workers. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../figure.ts';
import { since } from '../traffic.ts';
import type { Trial } from '../trial.ts';

const MB = 1024 * 1024;

export async function idle({ contender, traffic, settings }: Trial): Promise<Figures> {
  const quiet = await traffic.total();
  const before = contender.usage();
  const began = performance.now();
  await contender.whileAlive(sleep(settings.idleSeconds * 1000));
  const after = contender.usage();
  const seconds = (performance.now() - began) / 1000;
  const { requests, writes, statements } = since(quiet, await traffic.total());
  return {
    idleCpu: (after.cpuMs - before.cpuMs) / seconds / 10,
    idleWrites: writes,
    idleRequests: requests / seconds,
    idleStatements: statements / seconds,
    idleMemory: after.residentBytes / MB,
  };
}
