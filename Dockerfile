# syntax=docker/dockerfile:1
# The image holds Node.js, dist/, the production dependencies, and nothing to log in with: no shell, no package manager. The kubelet
# checks its health, so there is no HEALTHCHECK. Releases pin both bases by digest (docs/security.md):
# --build-arg BUILD_IMAGE=…@sha256:… --build-arg RUNTIME_IMAGE=…@sha256:…
# dev/image.ts carries out these same lines on machines without a container engine, for the tests.
ARG BUILD_IMAGE=node:24-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM ${BUILD_IMAGE} AS tools
WORKDIR /app
COPY package.json package-lock.json ./
# The lock file says which bytes: what the cache has is not asked for again. No install scripts: the only one that matters fetches a Node.js, and this image has one.
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache /var/cache/npm --prefer-offline --ignore-scripts --no-audit --no-fund

FROM tools AS build
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM ${BUILD_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache /var/cache/npm --prefer-offline --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="jobs-operator"
LABEL org.opencontainers.image.description="A Kubernetes face for the jobs table: one Job resource, one MySQL row, kept in step"
LABEL org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
ENV NODE_ENV=production
COPY LICENSE package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# By number, so that runAsNonRoot can be checked without the image's /etc/passwd. Files belong to root: the process cannot change itself.
USER 65532:65532
EXPOSE 8080
# The flags: a fifth less CPU under load and a fifth less memory (docs/performance.md).
ENTRYPOINT ["/nodejs/bin/node", "--min-semi-space-size=4", "--max-semi-space-size=8", "--initial-old-space-size=64", "--heap-growing-percent=20", "/app/dist/main.js"]
CMD ["run"]
