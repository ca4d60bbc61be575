/** A certificate authority of a test's own, and a server certificate of it. */

import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Files in PEM. */
export interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** @param names as in subjectAltName: `IP:127.0.0.1`, `DNS:localhost` */
export async function issueCertificates(folder: string, names: string): Promise<Certificates> {
  const openssl = (args: string): Promise<unknown> => promisify(execFile)('openssl', args.split(' '), { cwd: folder });
  await mkdir(folder, { recursive: true });
  await openssl('req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-authority -keyout ca-key.pem -out ca.pem');
  await openssl('req -newkey rsa:2048 -nodes -subj /CN=test-server -keyout key.pem -out request.pem');
  await writeFile(join(folder, 'names'), `subjectAltName=${names}\n`);
  await openssl('x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names -out cert.pem');
  return { caFile: join(folder, 'ca.pem'), certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
}
