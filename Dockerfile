# The image: Node 26, the server's sources and its dependencies. The runtime packages that `npm ci` brings elsewhere are left out.
FROM node:26-slim AS dependencies
WORKDIR /easel
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:26-slim
ENV NODE_ENV=production \
    EASEL_DATA=/data \
    EASEL_HTTPS_PORT=443
WORKDIR /easel
COPY --from=dependencies /easel/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY src src
# `docker exec NAME easel account list` finds the shell; the volume belongs to the user that serves.
RUN ln -s /easel/bin/easel.mjs /usr/local/bin/easel \
    && chmod 755 bin/easel.mjs \
    && mkdir -m 700 /data \
    && chown node:node /data
USER node
VOLUME /data
# Docker lets every user of a container bind port 443 (net.ipv4.ip_unprivileged_port_start is 0 there). Elsewhere give
# `--sysctl net.ipv4.ip_unprivileged_port_start=0`, or set EASEL_HTTPS_PORT=8443 and publish 443:8443.
EXPOSE 443
# The control socket answers whatever ports are configured, those that speak to a proxy alone included.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "require('http').get({ socketPath: process.env.EASEL_DATA + '/control.sock', path: '/healthz' }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# No wrapper and no shell in between: SIGTERM reaches the server itself.
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "src/main.ts"]
