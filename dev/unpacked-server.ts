/** A database server out of the distribution's packages. */

import { join } from 'node:path';
import { ENGINE_NAMES } from './database-engine.ts';
import type { DatabaseEngine } from './database-engine.ts';
import { identify } from './mysql-program.ts';
import type { MysqlProgram } from './mysql-program.ts';
import type { Progress } from './progress.ts';
import { SetupError } from './setup-error.ts';
import { loaderIn, unpackedPackage } from './unpacked-packages.ts';
import type { DistributionPackage } from './unpacked-packages.ts';

interface ServerPackage extends Pick<DistributionPackage, 'pattern' | 'debianSuite' | 'megabytes'> {
  /** In `usr/sbin`. */
  readonly server: string;
}

const PACKAGES: Readonly<Record<DatabaseEngine, ServerPackage>> = {
  // Debian keeps MySQL in unstable alone.
  mysql: { pattern: /^mysql-server-core(-[\d.]+)?$/, debianSuite: 'unstable', server: 'mysqld', megabytes: 60 },
  // MariaDB 10.11, whatever Debian this machine runs.
  mariadb: { pattern: /^mariadb-server-core(-[\d.]+)?$/, debianSuite: 'bookworm', server: 'mariadbd', megabytes: 35 },
};

/** The server that was unpacked before, or is unpacked now. */
export async function unpackedServer(engine: DatabaseEngine, progress: Progress): Promise<MysqlProgram> {
  const title = ENGINE_NAMES[engine];
  const { server, ...wanted } = PACKAGES[engine];
  const root = await unpackedPackage({ name: engine, title, ...wanted }, progress);
  const { command, libraries } = await loaderIn(root, title);
  const prefix = join(root, 'usr');
  const args = ['--library-path', [...libraries, join(prefix, 'lib/mysql/private')].join(':'), join(prefix, 'sbin', server)];
  const program = await identify({ origin: 'unpacked packages', command, args, prefix });
  if (program?.engine !== engine) throw new SetupError(`${root} holds no ${title} that can be used: remove it, so that it is fetched again.`);
  return { ...program, args: [...args, '--no-defaults', `--basedir=${prefix}`, `--lc-messages-dir=${join(prefix, 'share/mysql')}`] };
}
