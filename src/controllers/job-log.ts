/** How a Job is named in the log: by uid, namespace and name, and never by what is in it. */
import type { LogFields } from '../telemetry/logger.ts';
import type { JobResource } from '../job/resource.ts';

export function jobFields({ uid, namespace, name }: JobResource): LogFields {
  return { job: uid, namespace, name };
}
