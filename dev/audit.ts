/**
 * `make audit`: known vulnerabilities in what the image holds. Exits with 1 on one of high or critical severity, with 0 without, and with 75
 * when the registry gave no answer: that is no verdict on the packages, and no reason to stop anybody's work.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const EXIT_NO_ANSWER = 75;

export type AuditVerdict =
  | { readonly kind: 'clean'; readonly lesser: number }
  | { readonly kind: 'vulnerable'; readonly findings: readonly string[] }
  | { readonly kind: 'no-answer'; readonly reason: string };

interface Report {
  readonly message?: string;
  readonly error?: { readonly summary?: string };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range?: string }>>;
}

const GRAVE = new Set(['high', 'critical']);

/** @param output of `npm audit --json`, on standard output */
export function judgeAudit(output: string): AuditVerdict {
  const report = parse(output);
  if (report?.vulnerabilities === undefined) {
    return { kind: 'no-answer', reason: report?.message ?? report?.error?.summary ?? 'npm audit printed no report' };
  }
  const found = Object.entries(report.vulnerabilities);
  const findings = found.filter(([, { severity }]) => GRAVE.has(severity)).map(([name, { severity, range = '' }]) => `${severity}: ${name} ${range}`.trimEnd());
  return findings.length > 0 ? { kind: 'vulnerable', findings } : { kind: 'clean', lesser: found.length };
}

function parse(text: string): Report | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function main(): number {
  // Of the lock file, not of what happens to be installed.
  const { stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev', '--package-lock-only', '--fetch-retries=1'], {
    cwd: fileURLToPath(new URL('../', import.meta.url)),
    encoding: 'utf8',
    timeout: 120_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const verdict = judgeAudit(stdout);
  switch (verdict.kind) {
    case 'clean':
      process.stdout.write(`no vulnerability of high or critical severity${verdict.lesser === 0 ? '' : `, ${verdict.lesser} of less: npm audit --omit=dev lists them`}\n`);
      return 0;
    case 'vulnerable':
      process.stdout.write(`${verdict.findings.join('\n')}\nnpm audit --omit=dev says more\n`);
      return 1;
    case 'no-answer':
      process.stdout.write(`not done, the registry gave no answer: ${verdict.reason}\n`);
      return EXIT_NO_ANSWER;
  }
}

if (import.meta.main) process.exitCode = main();
