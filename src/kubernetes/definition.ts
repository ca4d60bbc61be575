/** The resource's definition, as far as this program has to know which one it was built for. */
import { GROUP, PLURAL } from '../job/resource.ts';

export const DEFINITION_NAME = `${PLURAL}.${GROUP}`;

/** On the CustomResourceDefinition in crds/jobs.yaml. */
export const DEFINITION_REVISION_ANNOTATION = `${GROUP}/crd-revision`;

/** Counts up with every change of crds/jobs.yaml; the annotation there says the same number. */
export const DEFINITION_REVISION = 3;
