import { describe, expect, it } from '@jest/globals';
import { parseDockerfile } from '../../../dev/dockerfile.ts';

describe('a Dockerfile', () => {
  it('is read into its stages and their lines', () => {
    const text = `
# a comment
ARG BASE=node:24
FROM \${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache /var/cache/npm
FROM scratch
LABEL title="x"
ENV NODE_ENV=production
COPY --from=build /app/dist dist
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/node", "main.js"]
CMD ["run"]`;
    expect(parseDockerfile(text)).toEqual([
      {
        name: 'build',
        base: 'node:24',
        instructions: [
          { do: 'workdir', path: '/app' },
          { do: 'copy', from: undefined, sources: ['package.json', 'package-lock.json'], target: './' },
          { do: 'run', command: 'npm ci --cache /var/cache/npm', caches: ['/var/cache/npm'] },
        ],
      },
      {
        name: undefined,
        base: 'scratch',
        instructions: [
          { do: 'note' },
          { do: 'env', name: 'NODE_ENV', value: 'production' },
          { do: 'copy', from: 'build', sources: ['/app/dist'], target: 'dist' },
          { do: 'user', user: '65532:65532' },
          { do: 'note' },
          { do: 'entrypoint', words: ['/node', 'main.js'] },
          { do: 'cmd', words: ['run'] },
        ],
      },
    ]);
  });

  it.each(['ADD x y', 'SHELL ["bash"]', 'RUN --network=none true', 'COPY --chown=1:1 a b', 'COPY a', 'ENV A=1 B=2', 'FROM x with y'])('is refused where a line is more than is understood: %s', (line) => {
    expect(() => parseDockerfile(`FROM x\n${line}`)).toThrow(`Dockerfile: not understood: ${line}`);
  });
});
