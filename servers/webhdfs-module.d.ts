declare module 'webhdfs' {
  /** As much of the package as is used; see webhdfs-package.ts. */
  export function createClient(options: {
    readonly protocol: string;
    readonly host: string;
    readonly port: string | number;
  }): import('./webhdfs-package').PackageClient;
}
