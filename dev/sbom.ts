/** `make sbom`: what the image holds beside Node.js and its base, package by package, as CycloneDX. To be attached to a release. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.ts';

const PROJECT = fileURLToPath(new URL('../', import.meta.url));
const FILE = `${PROJECT}sbom.cdx.json`;

interface Component {
  /** `name@version`. */
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
}

export interface BillOfMaterials {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Locked {
  readonly version?: string;
  /** Needed in development alone. */
  readonly dev?: boolean;
  /** Where the package is an alias. */
  readonly name?: string;
}

/** Of the lock file, so that it is what `npm ci --omit=dev` installs. */
export async function billOfMaterials(): Promise<BillOfMaterials> {
  // Not with --omit=dev, which also leaves out packages that are needed in production and in development (npm 11).
  const printed = await runCommand('npm', ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'], { cwd: PROJECT });
  const bill = JSON.parse(printed) as BillOfMaterials;
  const { name } = read('package.json') as { name: string };
  const shipped = shippedPackages((read('package-lock.json') as { packages: Record<string, Locked> }).packages);
  const root = bill.metadata.component['bom-ref'];
  const dependencies = bill.dependencies
    .filter(({ ref }) => ref === root || shipped.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => shipped.has(other)) }));
  return {
    ...bill,
    // npm says the folder's name.
    metadata: { ...bill.metadata, component: { ...bill.metadata.component, name } },
    components: bill.components.filter((component) => shipped.has(component['bom-ref'])),
    dependencies,
  };
}

function shippedPackages(packages: Readonly<Record<string, Locked>>): ReadonlySet<string> {
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  return new Set(shipped.map(([path, { name, version }]) => `${name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`));
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(`${PROJECT}${file}`, 'utf8'));
}

if (import.meta.main) {
  writeFileSync(FILE, `${JSON.stringify(await billOfMaterials(), null, 2)}\n`);
  process.stdout.write(`${FILE}\n`);
}
