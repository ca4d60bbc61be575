/** The end of all Jobs of a kind that are there, whoever's finalizer holds them. */

import type { JobKind } from './job-kind.ts';
import type { JobWatch } from './job-watch.ts';
import type { LeanClient } from './lean-client.ts';

export async function removeAll(kind: JobKind, client: LeanClient, watch: JobWatch): Promise<void> {
  const names = [...watch.jobs.keys()];
  await client.each(names, (name) => [kind.setFinalizers(name, []), ...(watch.jobs.get(name)?.deleting === true ? [] : [kind.remove(name)])]);
  await watch.until('removed', names, (job) => job === undefined);
}
