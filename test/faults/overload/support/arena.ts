/** The scenes of `make overload` on the run's stack. */

import type { Arena } from '../../../../dev/overload/arena.ts';
import type { TestStack } from '../../../support/stack.ts';
import { openScene } from '../../../e2e/support/scene.ts';

/** The operator has its defaults: they are what is tried. */
export async function openArena(stack: TestStack): Promise<Arena> {
  const { namespace, database, operator } = await openScene(stack, { env: { FEED_INTERVAL_MS: '250', PROGRESS_INTERVAL_MS: '1000', TTL_SWEEP_INTERVAL_SECONDS: '60' } });
  return { api: stack.api, credentials: stack.credentials, namespace: namespace.name, database, operator };
}

/** Each scene waits for much, with deadlines of its own that say what was missing. Milliseconds. */
export const SCENE_TIMEOUT_MS = 600_000;

export const MB = 1024 * 1024;
