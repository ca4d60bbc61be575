import { describe, expect, it } from '@jest/globals';
import { helpText, parseCommandLine, USAGE } from '../../../src/commands/command-line.ts';
import { VARIABLES } from '../../../src/config/variables.ts';

describe('the command line', () => {
  it.each([
    [['run'], { name: 'run' }],
    [['doctor'], { name: 'doctor' }],
    [['migrate'], { name: 'migrate', dryRun: false }],
    [['migrate', '--dry-run'], { name: 'migrate', dryRun: true }],
    [['--version'], { name: 'version' }],
    [['--help'], { name: 'help' }],
    [['-h'], { name: 'help' }],
    [['help'], { name: 'help' }],
    [['run', '--help'], { name: 'help' }],
  ])('%j is understood', (words, command) => {
    expect(parseCommandLine(words)).toEqual(command);
  });

  it.each([
    [[], 'a command is missing'],
    [['start'], 'there is no command start'],
    [['run', '--dry-run'], 'run does not know --dry-run'],
    [['migrate', '--force'], 'migrate does not know --force'],
    [['doctor', 'twice'], 'doctor does not know twice'],
  ])('%j is a mistake', (words, problem) => {
    expect(parseCommandLine(words)).toEqual({ name: 'mistake', problem });
  });
});

describe('the help', () => {
  it('has the usage and every variable', () => {
    const text = helpText();
    expect(text).toContain(USAGE);
    expect(Object.keys(VARIABLES).filter((name) => !text.includes(`\n  ${name} (`))).toEqual([]);
  });

  it('fits a terminal of 160 columns', () => {
    expect(helpText().split('\n').filter((line) => line.length > 160)).toEqual([]);
  });
});
