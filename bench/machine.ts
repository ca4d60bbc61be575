/** On what the figures were measured. */

import { cpus, release, totalmem } from 'node:os';
import { spawnSync } from 'node:child_process';
import type { Stack } from '../dev/stack.ts';

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly database: string;
  readonly kubernetes: string;
  readonly commit: string;
}

export async function describeMachine({ api, mysql }: Pick<Stack, 'api' | 'mysql'>): Promise<Machine> {
  const { gitVersion } = await api.get<{ gitVersion: string }>('/version');
  const processors = cpus();
  return {
    cores: processors.length,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    node: process.version,
    database: `${mysql.engine === 'mysql' ? 'MySQL' : 'MariaDB'} ${mysql.version}`,
    kubernetes: `kube-apiserver ${gitVersion}`,
    commit: commit(),
  };
}

/** Empty outside of a repository. */
function commit(): string {
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}

export function machineLine({ cores, cpu, memoryGb, kernel, node, database, kubernetes, commit: revision }: Machine): string {
  return `${cores} cores (${cpu}), ${memoryGb} GB, ${kernel}; Node.js ${node}, ${database}, ${kubernetes}${revision === '' ? '' : `; commit ${revision}`}`;
}
