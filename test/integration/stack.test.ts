import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../support/stack.ts';
import type { Database, Namespace } from '../support/stack.ts';

const stack = useStack();

describe('the stack of a test run', () => {
  let database: Database;
  let namespace: Namespace;

  beforeAll(async () => {
    database = await stack.database();
    namespace = await stack.namespace();
  }, SETUP_TIMEOUT_MS);

  it('gives each file a database whose user can create tables in it', async () => {
    const connection = await database.connect();
    try {
      await connection.query('CREATE TABLE t (a INT PRIMARY KEY)');
      const [rows] = await connection.query('SHOW TABLES');
      expect(rows).toHaveLength(1);
    } finally {
      await connection.end();
    }
  });

  it('keeps that user out of every other database', async () => {
    const other = await stack.database();
    const connection = await database.connect();
    try {
      await expect(connection.query(`USE \`${other.name}\``)).rejects.toThrow(/denied/);
    } finally {
      await connection.end();
    }
  });

  it('enforces RBAC for a service account, whose token the API server gives out', async () => {
    await stack.api.post(`/api/v1/namespaces/${namespace.name}/serviceaccounts`, { metadata: { name: 'somebody' } });
    const path = `/api/v1/namespaces/${namespace.name}/serviceaccounts/somebody/token`;
    const { status } = await stack.api.post<{ status: { token: string } }>(path, {});
    const kubeconfig = await stack.kubeconfigFor({ ...stack.credentials, token: status.token });
    const answer = stack.kubectl(['get', 'secrets', '-A'], { kubeconfig });
    await expect(answer).rejects.toThrow(/cannot list resource "secrets"/);
  });
});
