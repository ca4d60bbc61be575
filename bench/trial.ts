/** One operator with a database of its own, and all that measures it. */

import type { Connection } from 'mysql2/promise';
import type { Contender } from './contender.ts';
import type { Floor } from './floor.ts';
import type { JobWatch } from './job-watch.ts';
import type { LeanClient } from './lean-client.ts';
import type { BenchSettings } from './settings.ts';
import type { TrafficMeter } from './traffic.ts';

export interface Trial {
  readonly settings: BenchSettings;
  /** Of the Jobs that are measured. */
  readonly names: readonly string[];
  readonly client: LeanClient;
  readonly watch: JobWatch;
  readonly floor: Floor;
  readonly contender: Contender;
  readonly traffic: TrafficMeter;
  /** As a worker has it. */
  readonly worker: Connection;
  readonly say: (line: string) => void;
}
