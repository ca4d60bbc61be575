/**
 * Exits 0 if node_modules is what package-lock.json says, 1 if `npm ci` has to run. Plain JavaScript of an old dialect,
 * because it runs on whatever Node the machine has, before ours is installed.
 */
import { existsSync, readFileSync } from 'node:fs';

function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

const wanted = packagesOf('package-lock.json');
// npm's own record of what it installed: by `npm ci` and `npm install` alike.
const present = packagesOf('node_modules/.package-lock.json');

const complete = Object.keys(wanted)
  .filter((path) => path !== '')
  .every((path) =>
    // Packages for other platforms are optional and left out.
    present[path] === undefined ? wanted[path].optional === true : present[path].version === wanted[path].version,
  );
// The newer Node comes from an install script, which --ignore-scripts leaves out.
process.exitCode = complete && existsSync('node_modules/node/bin/node') ? 0 : 1;
