import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LINE_FAULTS } from '../../dev/line-fault.ts';
import type { LineFaultName } from '../../dev/line-fault.ts';
import { createProgress } from '../../dev/progress.ts';
import { createRunFolder } from '../../dev/run-folder.ts';
import type { RunFolder } from '../../dev/run-folder.ts';
import { startToxiproxy } from '../../dev/toxiproxy.ts';
import type { ProxyOptions, ToxicProxy, Toxiproxy } from '../../dev/toxiproxy.ts';
import { SETUP_TIMEOUT_MS, waitFor } from '../support/stack.ts';

/** Long enough for whatever comes over loopback. Nothing tells that nothing will come: this wait is the test. */
const SILENCE_MS = 500;
const LONG_ANSWER = 'x'.repeat(10_000);

let folder: RunFolder;
let toxiproxy: Toxiproxy;
let server: Server;
let heard = '';

/** A server that hears everything, says it back, and answers `long` at length. */
beforeAll(async () => {
  folder = createRunFolder('line-faults');
  toxiproxy = await startToxiproxy(folder, createProgress());
  server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      heard += data.toString();
      socket.write(data.toString() === 'long' ? LONG_ANSWER : data);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  server.close();
  await toxiproxy.stop();
  await folder.dispose();
});

interface Line {
  readonly socket: Socket;
  /** What came so far. */
  received(): string;
  /** In how many pieces. */
  pieces(): number;
  /** How it ended: `fin`, or an error's code; undefined while it is open. */
  ended(): string | undefined;
}

async function lineTo({ host, port }: ToxicProxy): Promise<Line> {
  const socket = connect(port, host);
  const pieces: string[] = [];
  let ended: string | undefined;
  socket.on('data', (data) => void pieces.push(data.toString()));
  socket.on('end', () => (ended ??= 'fin'));
  socket.on('error', (error: NodeJS.ErrnoException) => (ended ??= error.code));
  await waitFor(() => !socket.connecting, { what: 'the connection, or its refusal', timeoutMs: 10_000, intervalMs: 1 });
  return { socket, received: () => pieces.join(''), pieces: () => pieces.length, ended: () => ended };
}

const until = (what: string, condition: () => boolean): Promise<true> => waitFor(condition, { what, timeoutMs: 10_000, intervalMs: 5 });

async function struck(fault: LineFaultName, options: Pick<ProxyOptions, 'ending'> = {}) {
  const { port } = server.address() as AddressInfo;
  const proxy = await toxiproxy.proxy({ host: '127.0.0.1', port, ...options });
  const old = await lineTo(proxy);
  old.socket.write('before');
  await until('the echo before', () => old.received() === 'before');
  heard = '';
  const { strike, heal } = LINE_FAULTS[fault](proxy);
  await strike();
  return { proxy, old, heal, fresh: () => lineTo(proxy) };
}

/** A new line carries a word there and back. */
async function expectWell(proxy: ToxicProxy): Promise<void> {
  const line = await lineTo(proxy);
  line.socket.write('after');
  await until('the echo after', () => line.received() === 'after');
  line.socket.destroy();
}

describe('a line that is', () => {
  it('refused ends what is open and lets nobody in', async () => {
    const { proxy, old, fresh, heal } = await struck('refused');
    await until('the old line to end', () => old.ended() === 'fin');
    expect((await fresh()).ended()).toBe('ECONNREFUSED');
    await heal();
    await expectWell(proxy);
  });

  it('reset ends every connection by a reset, old and new', async () => {
    const { proxy, old, fresh, heal } = await struck('reset', { ending: 'rst' });
    const line = await fresh();
    line.socket.write('hello');
    await until('both lines to end', () => old.ended() !== undefined && line.ended() !== undefined);
    expect([old.ended(), line.ended()]).toEqual(['ECONNRESET', 'ECONNRESET']);
    await heal();
    await expectWell(proxy);
  });

  it('interrupted ends what is open, once', async () => {
    const { proxy, old } = await struck('interrupted');
    await until('the old line to end', () => old.ended() !== undefined);
    expect(old.ended()).toBe('fin');
    await expectWell(proxy);
  });

  it('far away answers late', async () => {
    const { proxy, old, heal } = await struck('latency');
    const asked = performance.now();
    old.socket.write('late');
    await until('the echo', () => old.received() === 'beforelate');
    expect(performance.now() - asked).toBeGreaterThan(250);
    await heal();
    await expectWell(proxy);
  });

  it.each<[LineFaultName, string]>([
    ['blackHole', ''],
    ['deafServer', ''],
    ['lostAnswers', 'hellohello'],
  ])('swallowed (%s) is open on both ends, and brings nothing back', async (fault, arrives) => {
    const { proxy, old, fresh, heal } = await struck(fault);
    const line = await fresh();
    for (const { socket } of [old, line]) socket.write('hello');
    await until('what arrives', () => heard === arrives);
    await sleep(SILENCE_MS);
    expect([old.received(), old.ended(), line.received(), line.ended()]).toEqual(['before', undefined, '', undefined]);
    expect(heard).toBe(arrives);
    await heal();
    await until('the old line to end', () => old.ended() !== undefined);
    await expectWell(proxy);
  });

  it('slow brings an answer in pieces, and whole', async () => {
    const { proxy, old, heal } = await struck('slowBytes');
    const asked = performance.now();
    old.socket.write('long');
    await until('the last piece', () => old.received() === `before${LONG_ANSWER}`);
    expect(old.pieces()).toBeGreaterThan(3);
    expect(performance.now() - asked).toBeGreaterThan(400);
    await heal();
    await expectWell(proxy);
  });

  it('cut ends in the middle of an answer', async () => {
    const { proxy, old, heal } = await struck('cutAnswers');
    old.socket.write('long');
    await until('the line to end', () => old.ended() !== undefined);
    expect(old.received().length).toBeGreaterThan('before'.length);
    expect(old.received().length).toBeLessThan(LONG_ANSWER.length);
    await heal();
    await expectWell(proxy);
  });
});

describe('toxiproxy', () => {
  it('is gone when it was stopped', async () => {
    const own = await startToxiproxy(folder, createProgress(), 'toxiproxy-of-its-own');
    const { pid } = own.service;
    expect(pid).toBeDefined();
    await own.stop();
    expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
  });
});
