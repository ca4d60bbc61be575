import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RowDataPacket } from 'mysql2';
import { openDatabase } from '../../../src/database/database.ts';
import type { DatabaseSettings } from '../../../src/database/settings.ts';
import { issueCertificates } from '../../support/certificates.ts';
import type { Certificates } from '../../support/certificates.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Database } from '../../support/stack.ts';
import { settingsFor } from './jobs-table.ts';

const stack = useStack();

const flagsFor = ({ caFile, certFile, keyFile }: Certificates): readonly string[] => [`--ssl-ca=${caFile}`, `--ssl-cert=${certFile}`, `--ssl-key=${keyFile}`];

/** The cipher of a connection with these settings; '' when nothing is encrypted. */
async function cipher(database: Database, tls: DatabaseSettings['tls'], host = database.host): Promise<unknown> {
  const opened = openDatabase(settingsFor({ ...database, host }, { tls }));
  try {
    const [row] = await opened.use((sql) => sql.select<RowDataPacket>('cipher', "SHOW SESSION STATUS LIKE 'Ssl_cipher'"));
    return row?.['Value'];
  } finally {
    await opened.close();
  }
}

describe('TLS to the database', () => {
  let byAddress: Database;
  let byName: Database;
  let authorities: { readonly byAddress: string; readonly byName: string };

  beforeAll(async () => {
    const [forAddress, forName] = await Promise.all([
      issueCertificates(join(stack.folder.path, 'by-address'), 'IP:127.0.0.1'),
      issueCertificates(join(stack.folder.path, 'by-name'), 'DNS:localhost'),
    ]);
    byAddress = await stack.database(await stack.ownMysqlServer({ flags: flagsFor(forAddress) }));
    byName = await stack.database(await stack.ownMysqlServer({ flags: flagsFor(forName) }));
    authorities = { byAddress: forAddress.caFile, byName: forName.caFile };
  }, SETUP_TIMEOUT_MS);

  it('is verified against the CA file and the address or name that was configured', async () => {
    await expect(cipher(byAddress, { mode: 'verify', caFile: authorities.byAddress })).resolves.toMatch(/^TLS|AES|CHACHA/);
    await expect(cipher(byName, { mode: 'verify', caFile: authorities.byName }, 'localhost')).resolves.toMatch(/^TLS|AES|CHACHA/);
  });

  it('is refused for an authority that nobody vouches for', async () => {
    await expect(cipher(byAddress, { mode: 'verify', caFile: undefined })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', message: expect.stringMatching(/certificate/) });
    await expect(cipher(byAddress, { mode: 'verify', caFile: authorities.byName })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it("is refused for another server's certificate, also when an address was configured", async () => {
    const anotherName = expect.stringMatching(/does not match certificate/);
    await expect(cipher(byName, { mode: 'verify', caFile: authorities.byName }, '127.0.0.1')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', message: anotherName });
    await expect(cipher(byAddress, { mode: 'verify', caFile: authorities.byAddress }, 'localhost')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', message: anotherName });
  });

  it('is encrypted and unchecked with `insecure`, and not there with `off`', async () => {
    await expect(cipher(byAddress, { mode: 'insecure', caFile: undefined })).resolves.toMatch(/^TLS|AES|CHACHA/);
    await expect(cipher(byAddress, { mode: 'off', caFile: undefined })).resolves.toBe('');
  });

  it('is refused at start when the CA file cannot be read', () => {
    expect(() => openDatabase(settingsFor(byAddress, { tls: { mode: 'verify', caFile: '/no/such/ca.pem' } }))).toThrow(/ENOENT.*ca\.pem/);
  });
});
