declare module 'ssh2' {
  /** As much of it as the tests use. */
  export const utils: {
    generateKeyPairSync(
      type: 'ed25519',
      options?: { readonly passphrase?: string; readonly cipher?: string; readonly rounds?: number },
    ): { private: string; public: string };
    parseKey(key: string): object;
  };

  export interface Attributes {
    readonly mode: number;
    readonly size: number;
    readonly uid: number;
    readonly gid: number;
    readonly atime: number;
    readonly mtime: number;
  }

  export interface ServedSftp {
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each request brings its own
    on(request: string, served: (id: number, ...given: any[]) => void): void;
    status(id: number, code: number, message?: string): void;
    handle(id: number, handle: Buffer): void;
    data(id: number, bytes: Buffer): void;
    name(id: number, entries: readonly { filename: string; longname: string; attrs: Attributes }[]): void;
    attrs(id: number, attributes: Attributes): void;
  }

  export interface Login {
    readonly method: 'none' | 'password' | 'publickey' | 'keyboard-interactive';
    readonly password?: string;
    accept(): void;
    reject(ways: readonly string[]): void;
    prompt(prompts: readonly { prompt: string; echo: boolean }[], answered: (answers: string[]) => void): void;
  }

  export interface ServedSession {
    on(event: 'sftp', begun: (accept: () => ServedSftp, reject: () => void) => void): void;
  }

  export interface ServedClient {
    on(event: 'authentication', asked: (login: Login) => void): void;
    on(event: 'session', begun: (accept: () => ServedSession) => void): void;
    on(event: 'error', heard: (error: Error) => void): void;
    end(): void;
  }

  export class Server {
    constructor(options: { readonly hostKeys: readonly string[] }, joined: (client: ServedClient) => void);
    listen(port: number, host: string, ready: () => void): void;
    address(): { port: number };
    close(closed: () => void): void;
  }
}
