/** Where things that cost minutes to make are kept between runs: binaries, unpacked packages, an initialised database. */

import { homedir } from 'node:os';
import { join } from 'node:path';

/** A path under the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`). Nothing is created. */
export function cachePath(...segments: readonly string[]): string {
  const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(base, 'jobs-operator', ...segments);
}
