/** Who plays what: the Jobs of manifests/examples/, jobs.yaml and late-job.yaml, by name. */

export const MANIFESTS = ['manifests/examples', 'dev/demo/jobs.yaml'] as const;
export const LATE_MANIFEST = 'dev/demo/late-job.yaml';

export const CAST = {
  completed: ['clone-bakery', 'clone-gallery', 'delete-bookshop', 'restore-florist'],
  failed: 'clone-atelier',
  cancelled: 'restore-cinema',
  deleted: 'clone-harbour',
  /** Ends while no operator runs. */
  outlived: 'delete-kiosk',
  /** Its row expires soon; its resource stays. */
  expiring: 'clone-gallery',
  /** Row and resource go together. */
  expiringWhole: 'restore-florist',
} as const;
