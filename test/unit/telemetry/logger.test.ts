import { describe, expect, it } from '@jest/globals';
import type { LogSettings } from '../../../src/config.ts';
import { createLogger, type Logger } from '../../../src/telemetry/logger.ts';

interface Captured {
  readonly logger: Logger;
  readonly lines: string[];
}

async function capture(settings: Partial<LogSettings> = {}): Promise<Captured> {
  const lines: string[] = [];
  const logger = await createLogger({ level: 'info', format: 'json', ...settings }, { write: (line) => void lines.push(line) });
  return { logger, lines };
}

function parsed(line: string | undefined): Record<string, unknown> {
  const value: unknown = JSON.parse(line ?? '');
  return value as Record<string, unknown>;
}

describe('a log line', () => {
  it('is one JSON object with the level as a word and the time as ISO text', async () => {
    const { logger, lines } = await capture();
    logger.info({ namespace: 'a', name: 'b' }, 'reconciled');
    expect(lines).toHaveLength(1);
    expect(parsed(lines[0])).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      namespace: 'a',
      name: 'b',
      message: 'reconciled',
    });
  });

  it('carries the fields of its parents', async () => {
    const { logger, lines } = await capture();
    logger.child({ controller: 'job' }).child({ reconcileId: '1' }).warn({ attempt: 2 }, 'again');
    expect(parsed(lines[0])).toMatchObject({ level: 'warn', controller: 'job', reconcileId: '1', attempt: 2 });
  });

  it('is left out below the level that was asked for', async () => {
    const { logger, lines } = await capture({ level: 'error' });
    logger.warn({}, 'no');
    logger.error({}, 'yes');
    expect(lines.map((line) => parsed(line)['message'])).toEqual(['yes']);
  });

  it('never shows what stands under the name of a secret or a payload', async () => {
    const { logger, lines } = await capture();
    const leak = { password: 's3cret', settings: { token: 's3cret', deep: { requestPayload: { x: 's3cret' } } }, sql: 's3cret', result: ['s3cret'], list: [{ body: 's3cret' }] };
    logger.child({ authorization: 's3cret' }).info(leak, 'careful');
    expect(lines[0]).not.toContain('s3cret');
    expect(lines[0]).toContain('[redacted]');
  });

  it('can be made for reading along, in the same process', async () => {
    const { logger, lines } = await capture({ format: 'pretty' });
    logger.info({ jobId: 'b' }, 'reconciled');
    expect(lines.join('')).toMatch(/INFO.*: .*reconciled/);
    expect(lines.join('')).toContain('jobId: "b"');
  });
});
