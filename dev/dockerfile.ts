/** The project's Dockerfile, read: as much of the language as it uses, and an error for whatever is more. */

export type Instruction =
  | { readonly do: 'workdir'; readonly path: string }
  /** Sources are of the build's context, or of an earlier stage. */
  | { readonly do: 'copy'; readonly from: string | undefined; readonly sources: readonly string[]; readonly target: string }
  /** `caches` are the mount targets of type cache. */
  | { readonly do: 'run'; readonly command: string; readonly caches: readonly string[] }
  | { readonly do: 'env'; readonly name: string; readonly value: string }
  | { readonly do: 'user'; readonly user: string }
  | { readonly do: 'entrypoint' | 'cmd'; readonly words: readonly string[] }
  /** Says something about the image and does nothing to it. */
  | { readonly do: 'note' };

export interface Stage {
  readonly name: string | undefined;
  /** An earlier stage, or an image. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** @throws Error with the line that is not understood */
export function parseDockerfile(text: string): readonly Stage[] {
  const args = new Map<string, string>();
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [keyword = '', rest = ''] = split(line);
    if (keyword === 'ARG' && stages.length === 0) {
      const [name = '', value = ''] = rest.split('=', 2);
      args.set(name, value);
    } else if (keyword === 'FROM') {
      const [base = '', as, name] = rest.split(/\s+/);
      if (as !== undefined && as !== 'AS') throw new Error(`Dockerfile: not understood: ${line}`);
      stages.push({ name, base: base.replaceAll(/\$\{(\w+)\}/g, (_, arg: string) => args.get(arg) ?? ''), instructions: [] });
    } else {
      const stage = stages.at(-1);
      const instruction = parseInstruction(keyword, rest);
      if (stage === undefined || instruction === undefined) throw new Error(`Dockerfile: not understood: ${line}`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

function parseInstruction(keyword: string, rest: string): Instruction | undefined {
  switch (keyword) {
    case 'WORKDIR':
      return { do: 'workdir', path: rest };
    case 'COPY': {
      const words = rest.split(/\s+/);
      const from = /^--from=(.+)$/.exec(words[0] ?? '')?.[1];
      const paths = from === undefined ? words : words.slice(1);
      if (paths.length < 2 || paths.some((path) => path.startsWith('--'))) return undefined;
      return { do: 'copy', from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
    }
    case 'RUN': {
      const caches: string[] = [];
      let command = rest;
      for (let option = split(command); option[0]?.startsWith('--'); option = split(command)) {
        const target = /^--mount=type=cache,target=([^,]+)$/.exec(option[0])?.[1];
        if (target === undefined) return undefined;
        caches.push(target);
        command = option[1] ?? '';
      }
      return { do: 'run', command, caches };
    }
    case 'ENV': {
      const [name = '', value] = rest.split('=', 2);
      return value === undefined || /[\s"]/.test(rest) ? undefined : { do: 'env', name, value };
    }
    case 'USER':
      return { do: 'user', user: rest };
    case 'ENTRYPOINT':
      return { do: 'entrypoint', words: JSON.parse(rest) as string[] };
    case 'CMD':
      return { do: 'cmd', words: JSON.parse(rest) as string[] };
    case 'LABEL':
    case 'EXPOSE':
      return { do: 'note' };
    default:
      return undefined;
  }
}

/** The first word, and what follows it. */
function split(text: string): readonly [string | undefined, string | undefined] {
  const match = /^(\S+)\s*(.*)$/.exec(text);
  return [match?.[1], match?.[2]];
}
