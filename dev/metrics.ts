/** What an operator counts, as Prometheus would scrape it. */

export type Labels = Readonly<Record<string, string>>;

export interface Samples {
  /** The sum of all samples of this name that have these labels; 0 when there is none. */
  sum(name: string, labels?: Labels): number;
}

export class Metrics {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async scrape(): Promise<Samples> {
    const response = await fetch(`${this.#url}/metrics`);
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return {
      sum(name, labels = {}) {
        const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
        const matching = lines.filter((line) => /^[^{\s]+/.exec(line)?.[0] === name && wanted.every((label) => line.includes(label)));
        return matching.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
      },
    };
  }

  async sum(name: string, labels?: Labels): Promise<number> {
    return (await this.scrape()).sum(name, labels);
  }
}
