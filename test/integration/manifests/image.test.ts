import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { NODE_FLAGS } from '../../../dev/operator.ts';
import { assembleImage } from '../../../dev/image.ts';
import type { Image } from '../../../dev/image.ts';
import { MANIFESTS, objectsIn } from '../../../dev/kustomize.ts';
import type { PodTemplate } from '../../../dev/pod.ts';
import { createProgress } from '../../../dev/progress.ts';
import { billOfMaterials } from '../../../dev/sbom.ts';
import { IMAGE_TIMEOUT_MS } from '../../e2e/support/installation.ts';
import { SETUP_TIMEOUT_MS } from '../../support/stack.ts';

/** What runs of it, as which user and with nothing to write in, is in test/e2e/deployment. */
let image: Image;
/** Every path under the root. */
let files: readonly string[];

beforeAll(async () => {
  image = await assembleImage(createProgress());
  files = await readdir(image.root, { recursive: true });
}, IMAGE_TIMEOUT_MS);

describe('the image', () => {
  it('holds the build, its packages, package.json and the licence, beside Node.js', async () => {
    expect((await readdir(image.root)).toSorted()).toEqual(['app', 'nodejs']);
    expect((await readdir(join(image.root, 'app'))).toSorted()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json']);
    expect(files).toEqual(expect.arrayContaining(['app/dist/main.js', 'app/dist/commands/doctor.js']));
    expect(files.filter((file) => /^app\/dist\/.*\.ts$/.test(file))).toEqual([]);
  });

  it('holds the packages of its bill of materials, and no others', async () => {
    const manifests = files.filter((file) => /^app\/node_modules\/(.*\/node_modules\/)?(@[^/]+\/)?[^/@]+\/package\.json$/.test(file));
    const installed = await Promise.all(
      manifests.map(async (file) => {
        const { name, version } = JSON.parse(await readFile(join(image.root, file), 'utf8')) as { name: string; version: string };
        return `${name}@${version}`;
      }),
    );
    const { metadata, components } = await billOfMaterials();
    expect(metadata.component.name).toBe('jobs-operator');
    expect([...new Set(installed)].toSorted()).toEqual([...new Set(components.map(({ name, version }) => `${name}@${version}`))].toSorted());
    expect(installed.filter((name) => /^(typescript|jest|node|oxlint|fast-check)@/.test(name))).toEqual([]);
  }, SETUP_TIMEOUT_MS);

  it('has nothing that anybody but its owner could write to', async () => {
    const open: string[] = [];
    for (const file of files) {
      const { mode } = await lstat(join(image.root, file));
      // A link has no mode of its own.
      if ((mode & 0o120000) !== 0o120000 && (mode & 0o022) !== 0) open.push(file);
    }
    expect(open).toEqual([]);
  }, SETUP_TIMEOUT_MS);

  it('runs as the user that the manifests name, and the command that they leave out', async () => {
    const objects = objectsIn(await readFile(`${MANIFESTS}base/deployment.yaml`, 'utf8'));
    const { spec } = (objects[0] as unknown as { spec: { template: PodTemplate } }).spec.template;
    expect(image.user).toBe(`${spec.securityContext.runAsUser}:${spec.securityContext.runAsGroup}`);
    expect(image).toMatchObject({ entrypoint: ['/nodejs/bin/node', ...NODE_FLAGS, '/app/dist/main.js'], cmd: ['run'], env: { NODE_ENV: 'production' } });
    expect(spec.containers[0]?.args).toEqual(image.cmd);
  });
});
