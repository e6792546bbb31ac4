/** The configuration that `cairn dev` begins with: a cluster without services, so nothing can go wrong yet. */
export function firstConfig({ localBackup, spool }: { localBackup: string; spool: string }): string {
  const path = JSON.stringify; // Any text as YAML: JSON is a part of it.
  return `# The configuration of \`cairn dev\`, written at its first start and yours from then on.
# docs/configuration.md describes every field; a change takes effect at the next start.
host: localhost
spool: ${path(spool)}
clusters:
  - id: dev
    version: 3.3.0
    localBackup:
      path: ${path(localBackup)}
      hosts: [localhost]
    services: {}
    # With a NameNode on this machine:
    # services:
    #   nameNode:
    #     nameServices:
    #       hacluster:
    #         nameNodes:
    #           - http: http://localhost:9870
    #             host: localhost
    #             nameDirs: [/data/dfs/name]
    settings:
      freeLocalBytes: 268435456 # lowered from 20 GiB
`;
}

interface Running {
  readonly folder: string;
  readonly temporal: { readonly address: string; readonly uiAddress: string; readonly pid: number };
  readonly config: { readonly clusters: readonly { readonly id: string }[] };
}

/** What a person reads when it runs. */
export function whatNext({ folder, temporal, config }: Running): string {
  const clusters = config.clusters.map(({ id }) => id).join(', ');
  return `cairn dev runs: Temporal (process ${temporal.pid}) and a worker (process ${process.pid}) for ${clusters}

  web page       ${temporal.uiAddress}
  everything in  ${folder}

In another terminal:
  export TEMPORAL_ADDRESS=${temporal.address}
  cairn cluster list

To back something up, name its services in ${folder}/cairn.yaml, start this again, then
  cairn apply -f tasks.yaml        (docs/configuration.md shows one)

Ctrl-C ends it; the next start goes on from here.
`;
}
