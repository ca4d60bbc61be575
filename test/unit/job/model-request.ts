/** The model's requests: each may come late, be refused, or have its answer lost. */

/** The difference between the machine's clock and the database's, in seconds: nothing may rest on it. */
export const CLOCK_SKEW = 7777;

export type Fault = 'conflict' | 'notFound' | 'databaseAway' | 'apiAway';

export class Refused extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault);
    this.fault = fault;
  }
}

/** One request on its way. `survives`: it may still arrive when its process is gone. */
export interface Effect {
  readonly side: 'database' | 'api';
  readonly text: string;
  readonly survives: boolean;
  readonly apply: () => unknown;
}

/** Does it now, and says or throws the outcome whenever it is asked. */
export function answerOf(act: () => unknown): () => unknown {
  try {
    const answer = act();
    return () => answer;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return () => {
      throw error;
    };
  }
}
