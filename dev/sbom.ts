/** `make sbom`: what the image holds beside Node.js and its base, package by package, as CycloneDX. To be attached to a release. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.ts';

const PROJECT = fileURLToPath(new URL('../', import.meta.url));
const FILE = `${PROJECT}sbom.cdx.json`;

export interface BillOfMaterials {
  readonly metadata: { readonly component: Readonly<Record<string, unknown>> };
  readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
}

/** From the lock file, so that it is what `npm ci --omit=dev` installs. */
export async function billOfMaterials(): Promise<BillOfMaterials> {
  const printed = await runCommand('npm', ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--omit=dev', '--package-lock-only'], { cwd: PROJECT });
  const bill = JSON.parse(printed) as BillOfMaterials;
  const { name } = JSON.parse(readFileSync(`${PROJECT}package.json`, 'utf8')) as { name: string };
  // npm says the folder's name.
  return { ...bill, metadata: { ...bill.metadata, component: { ...bill.metadata.component, name } } };
}

if (import.meta.main) {
  writeFileSync(FILE, `${JSON.stringify(await billOfMaterials(), null, 2)}\n`);
  process.stdout.write(`${FILE}\n`);
}
