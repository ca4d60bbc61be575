/** What a test has to know of the engine it runs on; docs/databases.md tells users the same. */

import type { DatabaseEngine } from '../../dev/database-engine.ts';

export interface EngineTraits {
  /** Levels of arrays and objects in each other that a JSON column takes. */
  readonly jsonLevels: number;
  /** What the condition says of a payload with one level more, as docs/keyboard.md has it. */
  readonly tooDeep: string;
  /** The text of a JSON column is printed anew, by the server: spaces, key order, spelling of numbers. */
  readonly reprintsJson: boolean;
}

const TRAITS: Readonly<Record<DatabaseEngine, EngineTraits>> = {
  mysql: { jsonLevels: 100, tooDeep: 'the payload is nested deeper than 100 levels (MySQL error 3157 ER_JSON_DOCUMENT_TOO_DEEP)', reprintsJson: true },
  mariadb: {
    jsonLevels: 31,
    tooDeep: 'a CHECK constraint of the table does not hold (MariaDB has one for JSON: well-formed, at most 31 levels deep) (MySQL error 4025)',
    reprintsJson: false,
  },
};

/** What the pages show is of MySQL; the same on another engine. */
export function asShownOn(server: { readonly engine: DatabaseEngine }, text: string): string {
  return text.replaceAll(TRAITS.mysql.tooDeep, traitsOf(server).tooDeep);
}

export function traitsOf({ engine }: { readonly engine: DatabaseEngine }): EngineTraits {
  return TRAITS[engine];
}

/** JSON text of objects in each other. */
export function nestedObjects(levels: number): string {
  return `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
}
