import net from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answerTimeout } from '../../../src/engine/answer-timeout.ts';
import { blockThread } from '../../../src/http/moderation.ts';

let server: net.Server;
let socket: net.Socket;
let answer: () => void;
let late: number;

beforeEach(async () => {
  late = 0;
  server = net.createServer((connection) => (answer = () => void connection.write('answer'))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = net.connect({ host: '127.0.0.1', port: (server.address() as net.AddressInfo).port });
  await Promise.all([once(socket, 'connect'), once(server, 'connection')]);
});

afterEach(() => {
  socket.destroy();
  server.close();
});

const wait = (ms: number): (() => void) => answerTimeout(ms, () => (late += 1));

describe('a time-out for an answer', () => {
  it('is called once, when none has come', async () => {
    const called = Promise.withResolvers<undefined>();
    answerTimeout(10, () => {
      late += 1;
      called.resolve(undefined);
    });
    await called.promise;
    await sleep(50);
    expect(late).toBe(1);
  });

  it('is not called when the answer is there in time', async () => {
    wait(10)();
    await sleep(50);
    expect(late).toBe(0);
  });

  it('is not called for an answer that came in time to a process that slept beyond it', async () => {
    const answered = wait(20);
    const read = once(socket, 'data').then(answered);
    answer();
    blockThread(60);
    await read;
    await sleep(50);
    expect(late).toBe(0);
  });
});
