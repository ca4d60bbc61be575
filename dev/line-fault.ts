/** What a line may do to those who talk over it, each with the way to put it right: a list for tests, soaks and demonstrations alike. */

import type { Direction, Toxic, ToxicProxy } from './toxiproxy.ts';

export interface LineFault {
  /** From here on it is broken. */
  readonly strike: () => Promise<void>;
  /** For new connections all is well; those that were swallowed or cut are closed. */
  readonly heal: () => Promise<void>;
}

/** Of each round trip, milliseconds: a new connection to MySQL has some eight of them, and 5 s for all. */
const LATENCY_MS = 400;
/** A page of a list, or a batch of rows, takes seconds. */
const SLOW_KB_PER_SECOND = 16;
/** A TLS handshake and some answers pass, so that all gets done in the end; a list of a dozen Jobs does not. */
const CUT_AFTER_BYTES = 8_000;

const BLACK_HOLE: Toxic = { type: 'timeout', attributes: { timeout: 0 } };

export const LINE_FAULTS = {
  /** Nobody listens, and what was open is closed. */
  refused: (proxy: ToxicProxy): LineFault => ({ strike: () => proxy.close(), heal: () => proxy.open() }),

  /** Every connection, old or new, ends in a reset; needs a proxy whose `ending` is `rst`. */
  reset: (proxy: ToxicProxy): LineFault => {
    const toxic = toxics(proxy, [[{ type: 'reset_peer', attributes: { timeout: 0 } }, 'upstream']]);
    return {
      async strike() {
        await toxic.strike();
        await proxy.close();
        await proxy.open();
      },
      heal: toxic.heal,
    };
  },

  /** Once: every connection ends at the same moment, and new ones are welcome. */
  interrupted: (proxy: ToxicProxy): LineFault => ({
    async strike() {
      await proxy.close();
      await proxy.open();
    },
    heal: () => Promise.resolve(),
  }),

  latency: (proxy: ToxicProxy): LineFault => toxics(proxy, [[{ type: 'latency', attributes: { latency: LATENCY_MS, jitter: LATENCY_MS / 4 } }, 'downstream']]),

  /** Half open: connections can be made, nothing arrives, and nobody is told. */
  blackHole: (proxy: ToxicProxy): LineFault => toxics(proxy, [[BLACK_HOLE, 'upstream'], [BLACK_HOLE, 'downstream']]),
  /** The server never hears of what is asked. */
  deafServer: (proxy: ToxicProxy): LineFault => toxics(proxy, [[BLACK_HOLE, 'upstream']]),
  /** The server does what it is asked, and its answers are lost. */
  lostAnswers: (proxy: ToxicProxy): LineFault => toxics(proxy, [[BLACK_HOLE, 'downstream']]),

  /** Answers come in small pieces, slowly. */
  slowBytes: (proxy: ToxicProxy): LineFault =>
    toxics(proxy, [
      [{ type: 'bandwidth', attributes: { rate: SLOW_KB_PER_SECOND } }, 'downstream'],
      [{ type: 'slicer', attributes: { average_size: 64, size_variation: 32, delay: 2_000 } }, 'downstream'],
    ]),

  /** Each connection ends in the middle of an answer. */
  cutAnswers: (proxy: ToxicProxy): LineFault => toxics(proxy, [[{ type: 'limit_data', attributes: { bytes: CUT_AFTER_BYTES } }, 'downstream']]),
} as const;

export type LineFaultName = keyof typeof LINE_FAULTS;

function toxics(proxy: ToxicProxy, list: readonly (readonly [Toxic, Direction])[]): LineFault {
  let removals: readonly (() => Promise<void>)[] = [];
  return {
    async strike() {
      removals = await Promise.all(list.map(([toxic, direction]) => proxy.add(toxic, direction)));
    },
    async heal() {
      await Promise.all(removals.map((remove) => remove()));
      removals = [];
    },
  };
}
