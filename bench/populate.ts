/** All Jobs of a run accepted and unfinished, whatever the phases before did to them. Nothing of it is measured. */

import { JOB } from './job-kind.ts';
import type { Trial } from './trial.ts';

export async function populate({ names, client, watch, contender, say }: Trial): Promise<void> {
  const isUnfinished = (name: string): boolean => ['Pending', 'Running'].includes(watch.jobs.get(name)?.phase ?? '');
  const missing = names.filter((name) => !isUnfinished(name));
  if (missing.length === 0) return;
  say(`making ${missing.length.toLocaleString('en')} Jobs anew`);
  const present = missing.filter((name) => watch.jobs.has(name));
  await client.each(present, (name) => [JOB.remove(name)]);
  await contender.whileAlive(watch.until('gone before they are made anew', present, (job) => job === undefined));
  await client.each(missing, (name) => [JOB.create(name)]);
  await contender.whileAlive(watch.until('accepted anew', missing, (job) => job?.phase === 'Pending'));
}
