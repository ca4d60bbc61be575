/** Whether the Job resource is there, served as this version speaks it, and of the revision it was built for. */
import { hasCode } from '../../errors.ts';
import { API_VERSION, PLURAL } from '../../job/resource.ts';
import { DEFINITION_NAME, DEFINITION_REVISION } from '../../kubernetes/definition.ts';
import { installedDefinition } from '../../kubernetes/inspection.ts';
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
export async function checkRevision(transport: Transport): Promise<Finding> {
  const subject = 'definition revision';
  try {
    const installed = await installedDefinition(transport);
    return installed === null ? fail(subject, 'none is installed', INSTALL) : judgeRevision(installed.revision);
  } catch (error) {
    if (!hasCode(error, 'API_FORBIDDEN')) throw error;
    return warn(subject, 'cannot be read', `Let the operator get customresourcedefinitions named ${DEFINITION_NAME}, or compare by hand; it works without.`);
  }
}

export function judgeRevision(revision: number | undefined): Finding {
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
