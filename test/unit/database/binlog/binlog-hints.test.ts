import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runBinlogHints } from '../../../../src/database/binlog/binlog-hints.ts';
import type { StreamParts } from '../../../../src/database/binlog/stream.ts';
import { OperatorError } from '../../../../src/errors.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

let clock: FakeClock;
let lines: string[];
let stop: AbortController;
let streams: { readonly parts: StreamParts; readonly end: (error?: unknown) => void }[];
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  lines = [];
  stop = new AbortController();
  streams = [];
});

afterEach(async () => {
  stop.abort();
  for (const { end } of streams) end();
  await running.catch(() => undefined);
});

function start(): void {
  running = runBinlogHints(
    {
      connect: () => Promise.reject(new Error('the stream is a fake')),
      timeoutMs: 1_000,
      clock,
      random: () => 1,
      onChange: () => undefined,
      onLive: (isLive) => void lines.push(isLive ? 'live' : 'over'),
      onLost: (error, retryMs) => void lines.push(`${error.message}, again in ${Math.round(retryMs / 1000)} s`),
      follow: (parts) =>
        new Promise((resolve, reject) => {
          streams.push({ parts, end: (error) => (error === undefined ? resolve() : reject(error)) });
        }),
    },
    stop.signal,
  );
}

const broken = new OperatorError('DATABASE_UNAVAILABLE', 'broken');

describe('the hints of the binary log', () => {
  it('say when they begin and when they end, and begin anew after a second', async () => {
    start();
    streams[0]?.parts.onLive();
    streams[0]?.end(broken);
    await clock.advance(1_000);
    expect(streams.length).toBe(2);
    streams[1]?.parts.onLive();
    expect(lines).toEqual(['live', 'over', 'broken, again in 1 s', 'live']);
  });

  it('wait longer and longer, up to a minute, while there is no stream that lasts', async () => {
    start();
    for (let attempt = 0; attempt < 8; attempt += 1) {
      streams[attempt]?.end(broken);
      await clock.advance(60_000);
    }
    expect(lines.map((line) => /\d+/.exec(line)?.[0])).toEqual(['1', '2', '4', '8', '16', '32', '60', '60']);
  });

  it('begin again soon after a stream that lasted', async () => {
    start();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      streams[attempt]?.end(broken);
      await clock.advance(60_000);
    }
    streams[5]?.parts.onLive();
    await clock.advance(60_000);
    streams[5]?.end(broken);
    await clock.settle();
    expect(lines.at(-1)).toBe('broken, again in 1 s');
  });

  it('ask once a minute a server that refuses', async () => {
    start();
    streams[0]?.end(new OperatorError('DATABASE_REFUSED', 'no'));
    await clock.settle();
    expect(lines).toEqual(['no, again in 60 s']);
  });

  it('end with the term, and leave nothing behind', async () => {
    start();
    streams[0]?.parts.onLive();
    stop.abort();
    streams[0]?.end();
    await running;
    expect(lines).toEqual(['live', 'over']);
    expect(clock.timers).toBe(0);
  });

  it('do not hide a bug', async () => {
    start();
    streams[0]?.end(new TypeError('a bug'));
    await expect(running).rejects.toThrow('a bug');
  });
});
