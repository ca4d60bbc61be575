import { describe, expect, it } from '@jest/globals';
import { connectTo } from '../../dev/mysql-server.ts';
import { KubernetesApi } from '../../dev/kubernetes-api.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../support/stack.ts';

const stack = useStack();

describe('the parts of a stack can fail and come back', () => {
  it('the API server, killed with -9 and started again, has the same address, certificate and objects', async () => {
    const controlPlane = await stack.ownControlPlane();
    const api = new KubernetesApi(controlPlane.credentials);
    stack.defer(() => api.close());
    await api.post('/api/v1/namespaces', { metadata: { name: 'kept' } });

    await controlPlane.apiServer.kill('SIGKILL');
    await expect(api.get('/api/v1/namespaces/kept')).rejects.toThrow(/ECONNREFUSED|other side closed|ECONNRESET/);

    await controlPlane.apiServer.start();
    await expect(api.get('/api/v1/namespaces/kept')).resolves.toMatchObject({ metadata: { name: 'kept' } });
  }, SETUP_TIMEOUT_MS);

  it('MySQL, killed with -9 and started again, has the same address and every committed row', async () => {
    const server = await stack.ownMysqlServer();
    const database = await stack.database(server);
    const before = await database.connect();
    before.on('error', () => undefined);
    await before.query('CREATE TABLE t (a INT PRIMARY KEY)');
    await before.query('INSERT INTO t VALUES (1), (2)');

    await server.service?.kill('SIGKILL');
    await expect(database.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    await server.service?.start();
    const after = await database.connect();
    try {
      const [rows] = await after.query('SELECT a FROM t ORDER BY a');
      expect(rows).toEqual([{ a: 1 }, { a: 2 }]);
    } finally {
      await after.end();
    }
  }, SETUP_TIMEOUT_MS);

  it('a frozen MySQL answers nobody until it is let go on', async () => {
    const server = await stack.ownMysqlServer();
    await server.service?.kill('SIGSTOP');
    await expect(connectTo(server, { connectTimeout: 300 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await server.service?.kill('SIGCONT');
    const connection = await connectTo(server);
    await connection.end();
  }, SETUP_TIMEOUT_MS);

  it('MySQL takes flags, such as a time zone that is nobody else\'s', async () => {
    const server = await stack.ownMysqlServer({ flags: ['--default-time-zone=+05:30', '--max-allowed-packet=1M'] });
    const connection = await connectTo(server);
    try {
      const [rows] = await connection.query('SELECT TIMEDIFF(NOW(), UTC_TIMESTAMP()) AS ahead, @@max_allowed_packet AS packet');
      expect(rows).toEqual([{ ahead: '05:30:00', packet: 1_048_576 }]);
    } finally {
      await connection.end();
    }
  }, SETUP_TIMEOUT_MS);

  it('a server that does not start says so with the end of its log', async () => {
    await expect(stack.ownMysqlServer({ flags: ['--no-such-flag'] })).rejects.toThrow(/ended \(code \d+\) before it was ready[\s\S]*no-such-flag/);
  }, SETUP_TIMEOUT_MS);
});
