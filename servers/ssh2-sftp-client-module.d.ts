declare module 'ssh2-sftp-client' {
  /** As much of the package as is used; see sftp-package.ts. */
  export default class Client {
    constructor(name: string, callbacks: import('./sftp-package').Callbacks);
    readonly client: import('./sftp-package').PackageConnection;
    connect(config: import('./sftp-package').ConnectConfig): Promise<import('./sftp-package').PackageSftp>;
  }
}
