/**
 * What SHOW GRANTS says of one privilege. Only for what cannot be tried without doing harm (CREATE, INDEX):
 * SELECT, INSERT, UPDATE and DELETE are tried with statements that match no row, which counts roles in as well.
 */

/** `unknown`: a role may hold it; what a role holds is not among the lines. */
export type Held = 'yes' | 'no' | 'unknown';

export interface Privilege {
  /** As MySQL prints it, e.g. `CREATE`. */
  readonly name: string;
  readonly database: string;
  readonly table: string;
}

/** GRANT list ON `db`.`table` TO …; older servers leave the quotes of names out. */
const ON_OBJECT = /^GRANT (?<list>.+?) ON (?:TABLE )?(?<database>\*|`(?:[^`]|``)+`|[^\s.`]+)\.(?<table>\*|`(?:[^`]|``)+`|[^\s.`]+) TO /i;
/** GRANT `role`@`host` TO … */
const ROLE = /^GRANT (?!.* ON ).+ TO /i;

/** @param lines the answer of SHOW GRANTS */
export function holds(lines: readonly string[], privilege: Privilege): Held {
  if (lines.some((line) => gives(line, privilege))) return 'yes';
  return lines.some((line) => ROLE.test(line)) ? 'unknown' : 'no';
}

function gives(line: string, { name, database, table }: Privilege): boolean {
  const groups = ON_OBJECT.exec(line)?.groups;
  if (groups === undefined) return false;
  const { list = '', database: onDatabase = '', table: onTable = '' } = groups;
  if (!covers(unquoted(onDatabase), database, onTable === '*') || !covers(unquoted(onTable), table, false)) return false;
  // Column lists, as in SELECT (a, b), hold for those columns only and are no privilege of the table.
  const privileges = list.replaceAll(/\s*\([^)]*\)/g, ' (columns)').split(',').map((each) => each.trim().toUpperCase());
  return privileges.includes(name.toUpperCase()) || privileges.includes('ALL PRIVILEGES') || privileges.includes('ALL');
}

function unquoted(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name;
}

/** In a grant on a whole database its name is a LIKE pattern, with `\_` for a plain underscore. */
function covers(granted: string, name: string, isPattern: boolean): boolean {
  if (granted === '*' || granted === name) return true;
  if (!isPattern) return false;
  const source = granted.replaceAll(/\\?[\s\S]/g, (token) => {
    if (token === '%') return '.*';
    if (token === '_') return '.';
    return token.replace(/^\\(?=.)/s, '').replace(/[\\^$.*+?()[\]{}|]/, String.raw`\$&`);
  });
  return new RegExp(`^${source}$`, 's').test(name);
}
