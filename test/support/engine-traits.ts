/** What a test has to know of the engine it runs on; docs/databases.md tells users the same. */

import type { DatabaseEngine } from '../../dev/database-engine.ts';

export interface EngineTraits {
  /** Levels of arrays and objects in each other that a JSON column takes. */
  readonly jsonLevels: number;
  /** What the condition says of a payload with one level more. */
  readonly tooDeep: RegExp;
  /** The text of a JSON column is printed anew, by the server: spaces, key order, spelling of numbers. */
  readonly reprintsJson: boolean;
}

const TRAITS: Readonly<Record<DatabaseEngine, EngineTraits>> = {
  mysql: { jsonLevels: 100, tooDeep: /nested deeper than 100 levels/, reprintsJson: true },
  mariadb: { jsonLevels: 31, tooDeep: /at most 31 levels deep/, reprintsJson: false },
};

export function traitsOf({ engine }: { readonly engine: DatabaseEngine }): EngineTraits {
  return TRAITS[engine];
}

/** JSON text of objects in each other. */
export function nestedObjects(levels: number): string {
  return `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
}
