# The bundled PostgreSQL of the demo is an optional dependency and stays out: here the database is DATABASE_URL's.

FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=optional --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:22-slim
WORKDIR /app
# HOST: the application listens on the loopback alone unless told otherwise, and nobody would reach it in a container.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/tmp/smertevejen
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/migrations/sql ./migrations/sql
# Checkpoints of the log: a volume.
RUN mkdir /audit && chown node:node /audit
USER node
EXPOSE 3000
# Live and not ready: a database that is away is no reason to end the application that waits for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/v1/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=64", "dist/src/main.js"]
