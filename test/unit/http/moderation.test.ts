import { describe, expect, it } from '@jest/globals';
import { Moderation } from '../../../src/http/moderation.ts';

/** Turns of an event loop, one at a time, and what was rested in them. */
function open() {
  const rests: number[] = [];
  let now = 0;
  let turns: (() => void)[] = [];
  const moderation = new Moderation({
    now: () => now,
    afterReads: (turn) => void turns.push(turn),
    rest(ms) {
      rests.push(ms);
      now += ms;
    },
  });
  const answer = (afterMs: number, times = 1): void => {
    for (let time = 0; time < times; time += 1) moderation.answered(afterMs);
  };
  const send = (times: number): void => {
    for (let time = 0; time < times; time += 1) moderation.sent();
  };
  /** So that the mean is that of a server which takes so long. */
  const knowing = (answerMs: number): void => {
    for (let time = 0; time < 100; time += 1) {
      send(1);
      answer(answerMs);
    }
  };
  return {
    rests,
    send,
    answer,
    knowing,
    lose: (): void => moderation.lost(),
    /** @param workMs how long the turn took before what it scheduled comes */
    turn: (workMs = 0): number => {
      now += workMs;
      const due = turns;
      turns = [];
      for (const each of due) each();
      return due.length;
    },
  };
}

describe('the moderation of answers', () => {
  it('rests half of the time that an answer takes between two turns while several are due', () => {
    const { rests, send, knowing, turn } = open();
    knowing(20);
    send(8);
    turn();
    turn();
    expect(rests).toEqual([expect.closeTo(10, 3), expect.closeTo(10, 3)]);
  });

  it('counts what the turn itself took, so that a process which is busy all the time does not rest', () => {
    const { rests, send, knowing, turn } = open();
    knowing(20);
    send(8);
    turn(4);
    expect(rests).toEqual([expect.closeTo(6, 3)]);
    turn(11);
    expect(rests).toHaveLength(1);
  });

  it('rests longer and longer while no answer comes, so that a server which hangs costs nothing', () => {
    const { rests, send, knowing, turn } = open();
    knowing(1);
    send(8);
    for (let count = 0; count < 30; count += 1) turn(0.1);
    const growing = rests.slice(0, 5);
    expect(growing).toEqual(growing.toSorted((left, right) => left - right));
    expect(rests.at(-1)).toBeCloseTo(14.9, 3);
  });

  it('rests before the first answer of all, too', () => {
    const { rests, send, turn } = open();
    send(8);
    for (let count = 0; count < 30; count += 1) turn(0.1);
    expect(rests.at(-1)).toBeCloseTo(14.9, 3);
  });

  it('rests 15 ms at most, however slow the server is', () => {
    const { rests, send, knowing, turn } = open();
    knowing(5_000);
    send(8);
    turn();
    expect(rests).toEqual([15]);
  });

  it('does not rest for a few requests', () => {
    const { rests, send, knowing, turn } = open();
    knowing(20);
    send(3);
    expect(turn()).toBe(0);
    expect(rests).toEqual([]);
  });

  it.each<[string, (world: ReturnType<typeof open>) => void]>([
    ['answered', ({ answer }) => answer(20, 5)],
    ['lost', ({ lose }) => Array.from({ length: 5 }, lose)],
  ])('ends when all but a few are %s, and begins again with the next burst', (_, end) => {
    const world = open();
    world.knowing(20);
    world.send(8);
    end(world);
    world.turn();
    expect(world.turn()).toBe(0);
    expect(world.rests).toEqual([]);
    world.send(5);
    world.turn();
    expect(world.rests).toEqual([expect.closeTo(10, 3)]);
  });

  it('takes one turn after another, however many requests come in the meantime', () => {
    const { send, knowing, turn } = open();
    knowing(20);
    send(8);
    send(8);
    expect(turn()).toBe(1);
    send(8);
    expect(turn()).toBe(1);
  });
});
