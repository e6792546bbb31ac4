# cairn in a container: `worker` by default, any other command of `cairn` by name.
#
#   docker build --target worker -t cairn .                   small; without Hadoop
#   docker build --target worker-with-hadoop -t cairn .       with an `hdfs` command, for the compose file
#
# A worker needs the cluster's own `hdfs` command (to roll the NameNode's edits). On a cluster's machine take `worker`
# and mount the Hadoop client that is there, read-only, with its configuration; name it in cairn.yaml (hadoop.hdfs).
# It runs as uid 1000. To restore a NameNode it must be able to write the name directories: run it as their owner
# (docker run --user), or as root.

FROM node:20-slim AS build
WORKDIR /opt/cairn
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:20-slim AS worker
ENV NODE_ENV=production
WORKDIR /opt/cairn
COPY --from=build /opt/cairn/package.json ./
COPY --from=build /opt/cairn/node_modules node_modules
COPY --from=build /opt/cairn/dist dist
COPY client/cairn.js client/
RUN ln -s /opt/cairn/client/cairn.js /usr/local/bin/cairn && \
    chmod 755 /opt/cairn/client/cairn.js && \
    install --directory --owner=node --group=node --mode=700 /var/lib/cairn /srv/LocalBackup
USER node
ENTRYPOINT ["cairn"]
CMD ["worker", "--config", "/etc/cairn/cairn.yaml"]

FROM apache/hadoop:3.4.1 AS hadoop

FROM worker AS worker-with-hadoop
USER root
RUN apt-get update && \
    apt-get install --yes --no-install-recommends openjdk-17-jre-headless && \
    rm -rf /var/lib/apt/lists/*
COPY --from=hadoop /opt/hadoop /opt/hadoop
ENV JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64 PATH=/opt/hadoop/bin:$PATH
USER node
