/** Whether the Node.js that runs this is new enough: an older one ends in a SyntaxError about some module, which tells nobody what to do. */

/**
 * One sentence with what to do, or undefined when all is well.
 *
 * @param running `process.versions.node`, e.g. `20.20.2`
 * @param needed `engines.node` of package.json: `>=major.minor`
 * @throws Error when `needed` has another form
 */
export function nodeProblem(running: string, needed: string): string | undefined {
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(needed) ?? [];
  if (major === undefined || minor === undefined) throw new Error(`package.json: engines.node is ${needed}, expected >=major.minor`);
  const [runningMajor = 0, runningMinor = 0] = running.split('.').map(Number);
  if (runningMajor > Number(major) || (runningMajor === Number(major) && runningMinor >= Number(minor))) return undefined;
  return (
    `jobs-operator needs Node.js ${major}.${minor} or newer and this is ${running}: ` +
    'start it in its folder with `npx jobs-operator`, which takes the Node.js that `npm ci` installed, or install a newer one.'
  );
}
