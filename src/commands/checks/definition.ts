/** Whether the Job resource is there, established, served as this version speaks it, and of the revision it was built for. */
import { hasCode } from '../../errors.ts';
import { API_VERSION, PLURAL, VERSION } from '../../job/resource.ts';
import { DEFINITION_NAME, DEFINITION_REVISION } from '../../kubernetes/definition.ts';
import { installedDefinition, type InstalledDefinition } from '../../kubernetes/inspection.ts';
import type { Transport } from '../../kubernetes/transport.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

const INSTALL = 'Apply crds/jobs.yaml of this version: kubectl apply --server-side -f crds/jobs.yaml.';

/** Everybody may ask for what is served, so this needs no permission. @throws OperatorError when the API server does not answer */
export async function checkServed(transport: Transport): Promise<Finding> {
  try {
    const { text } = await transport.request({ method: 'GET', path: `/apis/${API_VERSION}` });
    return judgeServed(resourceNames(JSON.parse(text)));
  } catch (error) {
    if (hasCode(error, 'API_NOT_SERVED') || hasCode(error, 'API_NOT_FOUND')) return judgeServed([]);
    throw error;
  }
}

/** @param resources names as discovery lists them, e.g. `jobs/status` */
export function judgeServed(resources: readonly string[]): Finding {
  const subject = `definition ${DEFINITION_NAME}`;
  if (!resources.includes(PLURAL)) return fail(subject, `${API_VERSION} is not served`, INSTALL);
  if (!resources.includes(`${PLURAL}/status`)) return fail(subject, 'has no status subresource', INSTALL);
  return ok(subject, `${API_VERSION} is served, with its status subresource`);
}

/** Reading the definition itself is a permission the operator can live without. @throws OperatorError when the API server does not answer */
export async function checkInstalled(transport: Transport): Promise<Finding> {
  const subject = 'definition revision';
  try {
    return judgeInstalled(await installedDefinition(transport));
  } catch (error) {
    if (!hasCode(error, 'API_FORBIDDEN')) throw error;
    return warn(subject, 'cannot be read', `Let the operator get customresourcedefinitions named ${DEFINITION_NAME}, or compare by hand; it works without.`);
  }
}

/** @param installed null when there is none */
export function judgeInstalled(installed: InstalledDefinition | null): Finding {
  if (installed === null) return fail('definition revision', 'none is installed', INSTALL);
  const subject = `definition ${DEFINITION_NAME}`;
  const { established, servedVersions, revision } = installed;
  if (!established) {
    return fail(subject, 'is installed, but not established', `kubectl describe crd ${DEFINITION_NAME} says why; often another definition has its names.`);
  }
  if (!servedVersions.includes(VERSION)) {
    return fail(subject, `is installed, but serves ${servedVersions.join(', ') || 'no version'} and not ${VERSION}`, INSTALL);
  }
  return judgeRevision(revision);
}

function judgeRevision(revision: number | undefined): Finding {
  const subject = 'definition revision';
  if (revision === DEFINITION_REVISION) return ok(subject, `${revision}, which this version was built for`);
  if (revision === undefined) return warn(subject, 'none is stated, so it is not the one of this project', INSTALL);
  return revision < DEFINITION_REVISION
    ? fail(subject, `${revision} is older than ${DEFINITION_REVISION}, which this version was built for`, INSTALL)
    : warn(subject, `${revision} is newer than ${DEFINITION_REVISION}, which this version was built for`, 'Upgrade the operator.');
}

function resourceNames(list: unknown): readonly string[] {
  const resources: unknown = typeof list === 'object' && list !== null && 'resources' in list ? list.resources : undefined;
  if (!Array.isArray(resources)) return [];
  return resources.flatMap((resource: unknown) =>
    typeof resource === 'object' && resource !== null && 'name' in resource && typeof resource.name === 'string' ? [resource.name] : [],
  );
}
