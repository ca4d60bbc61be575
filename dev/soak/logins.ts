/** By whose login the diary tells who did what. */

export const OPERATOR = 'operator';
/** Workers, and other producers. */
export const WORKERS = 'workers';
