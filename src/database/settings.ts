/** What the database side has to be told: produced by config.ts from the environment, never read from there here. */

/** A password itself, or the file that holds it (read again whenever a connection is made; the trailing newline is not part of it). */
export type PasswordSource = { readonly kind: 'value'; readonly value: string } | { readonly kind: 'file'; readonly path: string };

/**
 * - `verify`: encrypted, the certificate's chain and server name are checked.
 * - `insecure`: encrypted, nothing is checked.
 * - `off`: clear text.
 */
export const TLS_MODES = ['verify', 'insecure', 'off'] as const;
export type TlsMode = (typeof TLS_MODES)[number];

/**
 * - `create`: the jobs table if it is missing, and nothing else.
 * - `full`: also optional indexes and the operator's own tables.
 * - `off`: nothing; the table has to be there.
 */
export const MIGRATE_MODES = ['create', 'full', 'off'] as const;
export type MigrateMode = (typeof MIGRATE_MODES)[number];

/** All in milliseconds. */
export interface DatabaseTimeouts {
  /** TCP connect, TLS and login together. */
  readonly connectMs: number;
  /** Waiting for a free connection of the pool, the connect included. */
  readonly acquireMs: number;
  /** From sending a statement to its end; after it the connection is destroyed, since it may never answer. */
  readonly statementMs: number;
  /** A connection unused for this long is closed. */
  readonly idleMs: number;
}

export const DEFAULT_TIMEOUTS: DatabaseTimeouts = { connectMs: 5_000, acquireMs: 10_000, statementMs: 20_000, idleMs: 60_000 };

export interface DatabaseSettings {
  readonly host: string;
  readonly port: number;
  /** Name of the schema that holds the jobs table. */
  readonly name: string;
  readonly user: string;
  readonly password: PasswordSource;
  readonly tls: { readonly mode: TlsMode; readonly caFile: string | undefined };
  /** Most connections at once. */
  readonly poolSize: number;
  readonly timeouts: DatabaseTimeouts;
}
