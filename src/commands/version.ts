/** Which version this is, and which Node.js it needs: both from the package.json that is shipped beside dist/. */
import { readFileSync } from 'node:fs';

export function version(): string {
  return String(memberOf(manifest(), 'version'));
}

/** `engines.node`, e.g. `>=22.19`. */
export function neededNode(): string {
  return String(memberOf(memberOf(manifest(), 'engines'), 'node'));
}

function manifest(): unknown {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}
