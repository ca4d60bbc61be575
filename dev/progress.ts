/** Tells the person at the terminal what is happening while it takes long. Goes to stderr: stdout belongs to results. */

export interface Progress {
  say(line: string): void;
  /** Says `what`, repeats it with the elapsed time every 15 s, and says how long it took if that was over 5 s. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>;
}

const REMINDER_MS = 15_000;
const WORTH_MENTIONING_MS = 5_000;

function seconds(since: number): string {
  return `${Math.round((performance.now() - since) / 1000)} s`;
}

export function createProgress(write: (text: string) => void = (text) => void process.stderr.write(text)): Progress {
  const say = (line: string): void => write(`${line}\n`);
  return {
    say,
    async during(what, work) {
      const began = performance.now();
      say(`${what} …`);
      const reminder = setInterval(() => say(`  … still at it after ${seconds(began)}: ${what}`), REMINDER_MS);
      try {
        const result = await work();
        if (performance.now() - began > WORTH_MENTIONING_MS) say(`  … done in ${seconds(began)}`);
        return result;
      } finally {
        clearInterval(reminder);
      }
    },
  };
}
