/** The version, from the package.json that is shipped beside dist/. */
import { readFileSync } from 'node:fs';

export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const stated = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  return String(stated);
}
