import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../src/config.ts';
import { nearMiss } from '../../../src/config/near-miss.ts';
import { VARIABLES } from '../../../src/config/variables.ts';
import { filesOf, VALID } from './environment.ts';

const NAMES = Object.keys(VARIABLES);

describe('a variable that is nearly ours', () => {
  it.each([
    ['WATCH_NAMESPACE', 'WATCH_NAMESPACES'],
    ['DB_PASWORD', 'DB_PASSWORD'],
    ['DB_PASSWORDD', 'DB_PASSWORD'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['DB-TLS', 'DB_TLS'],
  ])('%s is recognised as %s', (name, meant) => {
    expect(nearMiss(name, NAMES)).toBe(meant);
  });

  it.each(['DB_HOST', 'PATH', 'DB_SERVICE_HOST', 'HTTP_PORT_80_TCP', 'LOG_LEVEL_X', 'GOL_LEVEL_', ''])('%j is none', (name) => {
    expect(nearMiss(name, NAMES)).toBeUndefined();
  });

  it('no name of ours is taken for another', () => {
    expect(NAMES.filter((name) => nearMiss(name, NAMES.filter((other) => other !== name)) !== undefined)).toEqual([]);
  });

  it('is told once at start, without its value', () => {
    const { warnings } = loadConfig({ ...VALID, LEADER_ELECTION: 'false', DB_PASWORD: 's3cret', WATCH_NAMESPACE: '' }, filesOf());
    expect(warnings).toEqual([{ variable: 'DB_PASWORD', problem: 'is not known and has no effect; DB_PASSWORD is' }]);
  });
});
